package dev.millrace.learner.algorithm;

/** Discounted returns of the tokens of one answer. */
public final class TokenReturns {

  private TokenReturns() {}

  /**
   * G_t = r_t + gamma G_{t+1}. Masked tokens are jumped over, as if they were not there.
   *
   * @param rewards of each token
   * @param mask which tokens the policy wrote
   * @return 0 where masked
   */
  public static double[] of(double[] rewards, boolean[] mask, double gamma) {
    double[] out = new double[rewards.length];
    double next = 0;
    for (int t = rewards.length - 1; t >= 0; t--) {
      if (mask[t]) {
        next = rewards[t] + gamma * next;
        out[t] = next;
      }
    }
    return out;
  }
}
