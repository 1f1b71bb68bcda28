package dev.millrace.ingest.source;

import java.nio.file.Path;

/** Takes what a source finds, in its order, on the thread that reads the source. */
public interface Visitor {

  /** A document. */
  void candidate(Candidate candidate);

  /** Something that cannot be a document, or cannot be read; the source goes on behind it. */
  void fault(Fault fault);

  /**
   * The visitor of a part of this source that holds many documents, such as a file of JSON lines.
   * What goes wrong in it says nothing about the other parts.
   *
   * @param name the same for the same part in every visit
   */
  default Visitor part(String name) {
    return this;
  }

  /**
   * True when this part was dealt with completely before, in the state that {@code fingerprint}
   * names, and need not be read again.
   */
  default boolean knows(long fingerprint) {
    return false;
  }

  /** A file that is still being written to: it exists, its content is not to be read yet. */
  default void unsettled(String id) {}

  /** A folder whose entries are about to be visited. */
  default void folder(Path folder) {}

  /** Bytes of the source that have been dealt with since the last call. */
  default void progress(long bytes) {}
}
