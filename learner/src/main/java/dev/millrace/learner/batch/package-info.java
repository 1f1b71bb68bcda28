/** Scored groups on their way from the log to the learner. */
package dev.millrace.learner.batch;
