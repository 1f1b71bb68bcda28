package dev.millrace.serving.retrieval;

import java.util.List;

/**
 * A chunk of one revision of a document that a search found.
 *
 * @param title null if the document has none
 * @param uri where a reader finds the original; null if unknown
 * @param revision the revision that {@code start} and {@code end} refer to
 * @param start first character in the cleaned text, in UTF-16 code units
 * @param end one past the last character
 * @param text the characters from {@code start} to {@code end}
 * @param headings heading path, outermost first
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
    double score) {

  public Passage {
    headings = List.copyOf(headings);
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("No such range: " + start + " to " + end);
    }
  }
}
