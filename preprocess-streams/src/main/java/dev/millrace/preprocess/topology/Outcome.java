package dev.millrace.preprocess.topology;

import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.preprocess.document.Reason;

/** What became of one revision of a document. */
sealed interface Outcome {

  /** The record that tells it, for the chunks topic. */
  ChunkedDocument record();

  record Chunked(ChunkedDocument record) implements Outcome {}

  record Deleted(ChunkedDocument record) implements Outcome {}

  record Rejected(ChunkedDocument record, Reason reason) implements Outcome {}
}
