package dev.millrace.preprocess.clean;

import dev.millrace.preprocess.document.Block;
import java.util.List;
import java.util.Optional;

/**
 * One cleaned text and the structure over it.
 *
 * @param title one line
 * @param contentType as detected
 * @param language ISO 639-1, where it could be told
 * @param text all ranges refer to it, in UTF-16 code units
 * @param spans in order, apart from one another by white space only
 */
public record CleanedDocument(
    Optional<String> title,
    String contentType,
    Optional<String> language,
    String text,
    List<Span> spans) {

  /**
   * A block and where it stands: {@code text.substring(start, end)} equals {@code block.text()}.
   */
  public record Span(Block block, int start, int end) {}

  public CleanedDocument {
    spans = List.copyOf(spans);
  }
}
