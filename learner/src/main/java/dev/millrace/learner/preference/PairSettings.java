package dev.millrace.learner.preference;

/**
 * How pairs are learned.
 *
 * @param epochs passes over all pairs
 * @param batch pairs a step
 * @param microBatchTokens tokens that are computed together; it changes memory and speed, not
 *     results
 * @param rate learning rate, after {@code warmup} steps; it falls to a tenth in a straight line
 * @param warmup steps
 * @param gradientNorm longest gradient
 * @param beta DPO only: how strongly the policy is held to its reference
 */
public record PairSettings(
    int epochs,
    int batch,
    int microBatchTokens,
    double rate,
    int warmup,
    double gradientNorm,
    double beta) {

  public PairSettings {
    require(epochs >= 1, "epochs", epochs, "at least 1");
    require(batch >= 1, "batch", batch, "at least 1");
    require(microBatchTokens >= 1, "microBatchTokens", microBatchTokens, "at least 1");
    require(rate > 0 && Double.isFinite(rate), "rate", rate, "above 0");
    require(warmup >= 0, "warmup", warmup, "0 or more");
    require(gradientNorm > 0, "gradientNorm", gradientNorm, "above 0");
    require(beta > 0 && Double.isFinite(beta), "beta", beta, "above 0");
  }

  /** One epoch in batches of 32, rate 1e-5, beta 0.1. */
  public static PairSettings defaults() {
    return new PairSettings(1, 32, 8192, 1e-5, 10, 1, 0.1);
  }

  private static void require(boolean ok, String name, Object value, String rule) {
    if (!ok) {
      throw new IllegalArgumentException(name + " is " + value + " but must be " + rule);
    }
  }
}
