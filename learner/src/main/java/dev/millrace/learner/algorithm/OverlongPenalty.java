package dev.millrace.learner.algorithm;

/** Soft punishment of answers near the limit of their length (DAPO, Yu et al. 2025). */
public final class OverlongPenalty {

  private OverlongPenalty() {}

  /**
   * 0 up to longest - buffer, then falling in a straight line to -1 at longest, and -1 beyond.
   *
   * @param tokens of the answer
   */
  public static double of(int tokens, int longest, int buffer) {
    int free = longest - buffer;
    return tokens <= free ? 0 : Math.max(-1, (free - tokens) / (double) buffer);
  }
}
