/**
 * What the learning loop is measured against, and what algorithms and corrections for stale samples
 * do to a small task: one thread, no log.
 */
package dev.millrace.learner.bench;
