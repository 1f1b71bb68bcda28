/** Steps that put found passages in another order. */
package dev.millrace.serving.retrieval.ranking;
