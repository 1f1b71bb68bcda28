/** What a training run is told: one typed, checked record, read from a YAML or JSON file. */
package dev.millrace.learner.run;
