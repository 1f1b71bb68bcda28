/** The commands {@code push} and {@code delete}. */
package dev.millrace.ingest.cli;
