/** How the tasks of a run show in traces. */
package dev.millrace.learner.trace;
