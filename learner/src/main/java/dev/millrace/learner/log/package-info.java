/** Bounded reading of topics, without a group. */
package dev.millrace.learner.log;
