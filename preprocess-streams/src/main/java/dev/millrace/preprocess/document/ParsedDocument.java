package dev.millrace.preprocess.document;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a parser made of a document's bytes.
 *
 * @param contentType as detected, without parameters, for example {@code text/html}
 * @param title as the document itself gives it
 * @param blocks in reading order; none of them blank
 */
public record ParsedDocument(String contentType, Optional<String> title, List<Block> blocks) {

  public ParsedDocument {
    Objects.requireNonNull(contentType, "contentType");
    title = title.map(String::strip).filter(text -> !text.isEmpty());
    blocks = blocks.stream().filter(block -> !block.text().isBlank()).toList();
  }

  /** Number of UTF-16 code units in all blocks. */
  public int length() {
    return blocks.stream().mapToInt(block -> block.text().length()).sum();
  }
}
