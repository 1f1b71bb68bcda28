package dev.millrace.ingest.state;

import dev.millrace.index.Manifest;
import java.util.Optional;

/** The last word of the index on a document. */
@FunctionalInterface
public interface Manifests {

  /**
   * The manifest, without its text; empty where the index has never heard of the document.
   *
   * @throws dev.millrace.runtime.RetriableException when the index is away
   */
  Optional<Manifest> find(String documentId);
}
