/**
 * Answers that are JSON by construction: a schema becomes a grammar over bytes, and the grammar
 * says before every token which tokens of the vocabulary may come next.
 */
package dev.millrace.serving.structured;
