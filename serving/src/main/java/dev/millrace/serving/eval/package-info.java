/** Measures of retrieval quality. */
package dev.millrace.serving.eval;
