package dev.millrace.serving.retrieval;

import java.util.List;

/**
 * The current revision of a document as it is searchable now.
 *
 * @param title null if the document has none
 * @param uri where a reader finds the original; null if unknown
 * @param text the cleaned text that all character ranges refer to
 * @param acl principals who may read it; empty: everybody
 * @param chunks ranges of all its chunks, in order; they may overlap
 */
public record CleanedDocument(
    String documentId,
    long revision,
    String title,
    String uri,
    String text,
    List<String> acl,
    List<Range> chunks) {

  public CleanedDocument {
    acl = List.copyOf(acl);
    chunks = List.copyOf(chunks);
  }

  /** A document whose chunks are not known. */
  public CleanedDocument(
      String documentId, long revision, String title, String uri, String text, List<String> acl) {
    this(documentId, revision, title, uri, text, acl, List.of());
  }
}
