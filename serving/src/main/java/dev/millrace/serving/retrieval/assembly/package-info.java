/** Steps that give passages the size that a reader or a prompt needs. */
package dev.millrace.serving.retrieval.assembly;
