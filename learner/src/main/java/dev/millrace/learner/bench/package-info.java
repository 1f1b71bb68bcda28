/**
 * What algorithms and corrections for stale samples do to a small task: the learner's own updates
 * in one process, without topics.
 */
package dev.millrace.learner.bench;
