package dev.millrace.ingest.source;

import java.util.Optional;

/**
 * One thing that a source could not offer as a document.
 *
 * @param origin a path, or {@code file:line}
 * @param reason in a few words
 * @param id of the document it would have been, where that is known
 */
public record Fault(String origin, String reason, Optional<String> id) {

  public Fault(String origin, String reason) {
    this(origin, reason, Optional.empty());
  }

  @Override
  public String toString() {
    return origin + ": " + reason;
  }
}
