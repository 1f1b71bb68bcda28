package dev.millrace.preprocess.parse;

import java.time.Duration;

/**
 * What a document may cost.
 *
 * @param maxBytes bytes of the document as it came
 * @param maxChars UTF-16 code units of text taken out of it
 * @param maxDepth levels of nested elements
 * @param maxParts embedded documents, all levels together
 * @param timeout of one document, queueing included
 */
public record ParseLimits(
    int maxBytes, int maxChars, int maxDepth, int maxParts, Duration timeout) {

  /** 16 MiB, 8 million characters, 1,000 levels, 200 parts, 10 s. */
  public static final ParseLimits DEFAULT =
      new ParseLimits(16 << 20, 8_000_000, 1000, 200, Duration.ofSeconds(10));

  public ParseLimits {
    positive("max-bytes", maxBytes);
    positive("max-chars", maxChars);
    positive("max-depth", maxDepth);
    positive("max-parts", maxParts);
    if (!timeout.isPositive()) {
      throw new IllegalArgumentException("parse-timeout must be positive: " + timeout);
    }
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be 1 or more: " + value);
    }
  }
}
