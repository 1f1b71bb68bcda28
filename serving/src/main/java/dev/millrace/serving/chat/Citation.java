package dev.millrace.serving.chat;

/**
 * Where a part of an answer comes from.
 *
 * @param number as written in the answer, {@code [1]} first
 * @param startIndex where the marker begins in the answer, in UTF-16 code units
 * @param endIndex one past the marker's last character
 * @param title the document's title, or its id if it has none
 * @param url where a reader finds it; never null
 * @param revision the revision that {@code start} and {@code end} refer to
 * @param start first character of the quote in the document's cleaned text, in UTF-16 code units
 * @param end one past its last character
 * @param quote exactly the characters from {@code start} to {@code end}
 */
public record Citation(
    int number,
    int startIndex,
    int endIndex,
    String documentId,
    String title,
    String url,
    long revision,
    int start,
    int end,
    String quote) {

  public Citation {
    if (quote.length() != end - start) {
      throw new IllegalArgumentException(
          "A quote of " + quote.length() + " characters cannot stand at " + start + " to " + end);
    }
  }
}
