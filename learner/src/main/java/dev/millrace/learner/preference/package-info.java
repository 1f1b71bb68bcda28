/** Learning from pairs of answers of which one was preferred: reward models and DPO. */
package dev.millrace.learner.preference;
