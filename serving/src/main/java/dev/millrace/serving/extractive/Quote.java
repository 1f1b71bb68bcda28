package dev.millrace.serving.extractive;

import dev.millrace.serving.retrieval.CleanedDocument;

/** A range of the current cleaned text of a document. */
record Quote(CleanedDocument document, int start, int end) {

  /** Most characters that are added to a sentence which announces something. */
  static final int LONGEST_ANNOUNCED = 400;

  String text() {
    return document.text().substring(start, end);
  }

  /** True if both are of one document and touch, or have only white space between them. */
  boolean adjoins(Quote other) {
    if (!document.documentId().equals(other.document.documentId())) {
      return false;
    }
    int from = Math.min(end, other.end);
    int to = Math.max(start, other.start);
    return to <= from || document.text().substring(from, to).isBlank();
  }

  Quote join(Quote other) {
    return new Quote(document, Math.min(start, other.start), Math.max(end, other.end));
  }
}
