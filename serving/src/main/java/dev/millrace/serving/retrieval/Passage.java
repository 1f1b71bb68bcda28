package dev.millrace.serving.retrieval;

import java.util.List;

/**
 * A chunk of one revision of a document that a search found, or what a step made of it.
 *
 * @param title null if the document has none
 * @param uri where a reader finds the original; null if unknown
 * @param revision the revision that {@code start} and {@code end} refer to
 * @param start first character in the cleaned text, in UTF-16 code units
 * @param end one past the last character
 * @param text the characters from {@code start} to {@code end}
 * @param headings heading path, outermost first
 * @param section of the document, under one heading, that it stands in
 * @param score as the search gave it; comparable within one result only
 */
public record Passage(
    String documentId,
    String title,
    String uri,
    long revision,
    int start,
    int end,
    String text,
    List<String> headings,
    Range section,
    double score) {

  public Passage {
    headings = List.copyOf(headings);
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("No such range: " + start + " to " + end);
    }
  }

  /** A passage whose section is not known: it counts as one by itself. */
  public Passage(
      String documentId,
      String title,
      String uri,
      long revision,
      int start,
      int end,
      String text,
      List<String> headings,
      double score) {
    this(
        documentId, title, uri, revision, start, end, text, headings, new Range(start, end), score);
  }

  public Range range() {
    return new Range(start, end);
  }

  /** True if both are of the same revision of one document. */
  public boolean isBeside(Passage other) {
    return documentId.equals(other.documentId) && revision == other.revision;
  }

  public Passage withScore(double other) {
    return new Passage(
        documentId, title, uri, revision, start, end, text, headings, section, other);
  }

  /** Another range of the same section; {@code whole} is the document's cleaned text. */
  public Passage resized(Range range, String whole) {
    return new Passage(
        documentId,
        title,
        uri,
        revision,
        range.start(),
        range.end(),
        whole.substring(range.start(), range.end()),
        headings,
        section,
        score);
  }
}
