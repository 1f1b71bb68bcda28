/** Traces that follow one document or one task from stage to stage, in the headers of records. */
package dev.millrace.runtime.tracing;
