package dev.millrace.monitor.trace;

import java.util.List;

/**
 * The chunks of a document's newest revision that has any.
 *
 * @param total number of chunks; {@code pieces} may be the first of them only
 */
public record DocumentChunks(long revision, String title, int total, List<Piece> pieces) {

  /**
   * One chunk.
   *
   * @param start of its range in the cleaned text
   * @param text cut where it is long
   */
  public record Piece(int start, int end, int tokens, List<String> headings, String text) {}
}
