package dev.millrace.ingest.source;

import dev.millrace.contracts.avro.Document;
import java.io.IOException;

/**
 * A document that a source offers. Its content may be read only when asked for, because most
 * candidates of a second push have not changed.
 */
public interface Candidate {

  /** The document's id. */
  String id();

  /** Where it stands, for messages: {@code docs/a.txt} or {@code docs.jsonl:17}. */
  String origin();

  /**
   * A number that changes when the content or an attribute does, got without reading the content; 0
   * when there is none that can be relied on.
   */
  default long fingerprint() {
    return 0;
  }

  /** True when a source may offer the same id again as a newer state of the same document. */
  default boolean mayRepeat() {
    return false;
  }

  /**
   * Reads the document.
   *
   * @throws IOException when it cannot be read, with a message for a person
   */
  Document load() throws IOException;
}
