/** Scores groups of samples by named reward functions, and writes every score by its name. */
package dev.millrace.reward;
