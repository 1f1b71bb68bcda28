package dev.millrace.learner.algorithm;

/**
 * How the rows of an update are divided.
 *
 * @param epochs how often every row is trained on
 * @param rows of a mini-batch (one optimizer step); an update is divided into the number of equal
 *     parts that comes nearest to it; 0 = one mini-batch whatever its size
 * @param microBatchTokens tokens that are computed together; it changes memory and speed, not
 *     results
 */
public record BatchSettings(int epochs, int rows, int microBatchTokens) implements AlgorithmPart {

  public BatchSettings {
    Require.atLeast(1, "epochs", epochs);
    Require.atLeast(0, "rows", rows);
    Require.atLeast(1, "microBatchTokens", microBatchTokens);
  }
}
