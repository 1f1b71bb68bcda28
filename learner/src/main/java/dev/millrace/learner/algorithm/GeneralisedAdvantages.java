package dev.millrace.learner.algorithm;

/** Generalised advantage estimation (Schulman et al. 2016) over the tokens of one answer. */
public final class GeneralisedAdvantages {

  private GeneralisedAdvantages() {}

  /**
   * delta_t = r_t + gamma V_{t+1} - V_t; A_t = delta_t + gamma lambda A_{t+1}. After the last token
   * both are 0. Masked tokens are jumped over: V and A are carried across, as if they were not
   * there.
   *
   * @param rewards of each token
   * @param values of the state before each token
   * @param mask which tokens the policy wrote
   * @return 0 where masked
   */
  public static double[] of(
      double[] rewards, double[] values, boolean[] mask, double gamma, double lambda) {
    double[] out = new double[rewards.length];
    double nextValue = 0;
    double next = 0;
    for (int t = rewards.length - 1; t >= 0; t--) {
      if (mask[t]) {
        double delta = rewards[t] + gamma * nextValue - values[t];
        next = delta + gamma * lambda * next;
        nextValue = values[t];
        out[t] = next;
      }
    }
    return out;
  }
}
