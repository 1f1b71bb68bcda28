package dev.millrace.learner.algorithm;

/**
 * A penalty for answers that come near the limit of their length (Yu et al. 2025).
 *
 * @param longest answer allowed, in tokens; 0 = no penalty
 * @param buffer the penalty grows over the last {@code buffer} tokens before that
 * @param factor the penalty at its largest
 */
public record OverlongSettings(int longest, int buffer, double factor) implements AlgorithmPart {

  public OverlongSettings {
    Require.atLeast(0, "longest", longest);
    Require.that(
        longest == 0 || (buffer >= 1 && buffer <= longest),
        "buffer",
        "from 1 to longest, " + longest,
        buffer);
    Require.notNegative("factor", factor);
  }

  /** No penalty. */
  public static OverlongSettings none() {
    return new OverlongSettings(0, 0, 1);
  }
}
