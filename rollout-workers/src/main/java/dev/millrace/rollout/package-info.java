/**
 * Samples groups of completions for tasks from the log, under the newest weights of their policy.
 */
package dev.millrace.rollout;
