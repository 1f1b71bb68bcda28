/**
 * Scores groups of samples by named reward functions. The stage arrives with the learning loop; see
 * docs/architecture.md.
 */
package dev.millrace.reward;
