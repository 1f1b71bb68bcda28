package dev.millrace.learner.algorithm;

/** Corrections for tokens that another policy has sampled; constants of the loss. */
public final class ImportanceWeights {

  private ImportanceWeights() {}

  /**
   * exp(o - b) of one token, as the settings want it: 1, truncated or full.
   *
   * @param o log-probability that the ratio of the loss compares with
   * @param b log-probability when it was sampled
   */
  public static double of(OffPolicySettings settings, double o, double b) {
    return switch (settings.weight()) {
      case NONE -> 1;
      case TRUNCATED -> Math.min(exact(o, b), settings.cap());
      case FULL -> exact(o, b);
    };
  }

  /** exp(o - b), the difference clamped to +-20. */
  public static double exact(double o, double b) {
    return Math.exp(Math.clamp(o - b, -Ratios.LIMIT, Ratios.LIMIT));
  }

  /**
   * Whether a sequence is to be left out: its advantage is negative and the policy has moved away
   * from it, mean(b - l) > limit (DeepSeek-V3.2 2025). Pushing such answers down further costs
   * stability.
   *
   * @param b of the sequence
   * @param l of all sequences
   * @param from where the sequence begins in l
   * @param advantages of the sequence
   */
  public static boolean tooFar(float[] b, float[] l, int from, double[] advantages, double limit) {
    double distance = 0;
    double advantage = 0;
    for (int t = 0; t < b.length; t++) {
      distance += b[t] - l[from + t];
      advantage += advantages[t];
    }
    return advantage < 0 && distance / b.length > limit;
  }
}
