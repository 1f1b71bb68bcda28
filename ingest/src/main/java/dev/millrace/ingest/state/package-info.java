/** What has become of a document: read from the index and from the log, kept nowhere else. */
package dev.millrace.ingest.state;
