/**
 * One update of a policy: scored groups in, better weights and a report out. A deterministic
 * function of (state, arguments), which knows nothing of topics.
 */
package dev.millrace.learner.update;
