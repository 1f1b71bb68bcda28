/** Steps that work on the question before the index is asked. */
package dev.millrace.serving.retrieval.question;
