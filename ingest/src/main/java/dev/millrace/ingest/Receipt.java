package dev.millrace.ingest;

/**
 * The log's acknowledgement of one document or deletion.
 *
 * @param id of the document
 * @param partition of the documents topic that holds it
 * @param revision its offset there: the number by which every later stage knows this state
 */
public record Receipt(String id, int partition, long revision) {}
