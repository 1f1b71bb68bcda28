/**
 * Samples groups of completions for tasks from the log. The stage arrives with the learning loop;
 * see docs/architecture.md.
 */
package dev.millrace.rollout;
