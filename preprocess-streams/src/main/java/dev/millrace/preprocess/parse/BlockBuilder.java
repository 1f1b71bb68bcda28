package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.util.ArrayList;
import java.util.List;

/** Collects blocks up to a number of characters, and stops a document that swells beyond it. */
final class BlockBuilder {

  private final int maxChars;
  private final List<Block> blocks = new ArrayList<>();
  private long chars;

  BlockBuilder(int maxChars) {
    this.maxChars = maxChars;
  }

  /** Adds {@code block} unless it is blank. */
  void add(Block block) {
    if (!block.text().isBlank()) {
      count(block.text().length());
      blocks.add(block);
    }
  }

  private void count(int more) {
    chars += more;
    if (chars > maxChars) {
      throw swell(maxChars);
    }
  }

  static RejectedException swell(int maxChars) {
    return new RejectedException(
        Reason.PARSE_SWELL, "its text has more than " + maxChars + " characters");
  }

  boolean isEmpty() {
    return blocks.isEmpty();
  }

  List<Block> build() {
    return List.copyOf(blocks);
  }
}
