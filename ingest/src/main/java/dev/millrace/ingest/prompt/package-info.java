/** Prompts as people have them: JSON, data sets with fields of their own, held-out shares. */
package dev.millrace.ingest.prompt;
