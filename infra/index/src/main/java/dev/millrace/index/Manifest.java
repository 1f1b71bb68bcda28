package dev.millrace.index;

import java.util.List;
import java.util.Map;

/**
 * What became of a document's newest revision; the last word on it. A deleted or rejected document
 * keeps its manifest, so that a late write of an earlier revision is told from the newest.
 *
 * @param reason code of a rejection, or null
 * @param detail one sentence for a person, or null
 * @param text the cleaned text that all ranges refer to; empty unless indexed
 * @param chunks in order; empty unless indexed
 * @param embedded chunks whose vector was computed for this revision
 * @param reused chunks whose vector an earlier revision had
 * @param removed chunks of earlier revisions that were deleted
 */
public record Manifest(
    String documentId,
    long revision,
    Outcome outcome,
    String reason,
    String detail,
    String title,
    String uri,
    String contentType,
    String language,
    Map<String, String> metadata,
    List<String> acl,
    String text,
    List<ChunkRef> chunks,
    int embedded,
    int reused,
    int removed,
    long sentAt,
    long processedAt,
    long indexedAt) {

  /** What became of a revision. */
  public enum Outcome {
    INDEXED,
    DELETED,
    REJECTED
  }

  /** One chunk of the list; {@code text.substring(start, end)} is it. */
  public record ChunkRef(String hash, int start, int end, int ordinal) {}

  public Manifest {
    metadata = metadata == null ? Map.of() : Map.copyOf(metadata);
    acl = acl == null ? List.of() : List.copyOf(acl);
    chunks = chunks == null ? List.of() : List.copyOf(chunks);
  }
}
