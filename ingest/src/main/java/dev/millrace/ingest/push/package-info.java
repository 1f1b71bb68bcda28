/**
 * Bringing the log in step with sources: only what changed is sent, and it can be taken up again.
 */
package dev.millrace.ingest.push;
