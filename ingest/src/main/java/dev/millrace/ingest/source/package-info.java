/** Where documents come from: folders, files, JSON lines, standard input. */
package dev.millrace.ingest.source;
