package dev.millrace.learner.algorithm;

import java.util.Arrays;

/** Advantages of the answers to one prompt against each other: one number an answer. */
public final class GroupAdvantages {

  private GroupAdvantages() {}

  /**
   * GRPO (Shao et al. 2024): (R - mean) / (std + eps), std unbiased. A group of one: 0.
   *
   * @param rewards of one group
   */
  public static double[] normalised(double[] rewards, double eps) {
    double[] out = centred(rewards);
    if (rewards.length < 2) {
      return out;
    }
    double squares = 0;
    for (double x : out) {
      squares += x * x;
    }
    double scale = Math.sqrt(squares / (rewards.length - 1)) + eps;
    for (int i = 0; i < out.length; i++) {
      // With equal rewards and eps 0 this would be 0 / 0.
      out[i] = out[i] == 0 ? 0 : out[i] / scale;
    }
    return out;
  }

  /** Dr.GRPO (Liu et al. 2025): R - mean. */
  public static double[] centred(double[] rewards) {
    double[] out = new double[rewards.length];
    if (equal(rewards)) {
      return out;
    }
    double mean = Arrays.stream(rewards).sum() / rewards.length;
    for (int i = 0; i < out.length; i++) {
      out[i] = rewards[i] - mean;
    }
    return out;
  }

  /**
   * RLOO (Ahmadian et al. 2024): R less the mean of the others, which is G / (G - 1) (R - mean). A
   * group of one: 0.
   */
  public static double[] leaveOneOut(double[] rewards) {
    double[] out = centred(rewards);
    if (rewards.length > 1) {
      double factor = rewards.length / (rewards.length - 1.0);
      for (int i = 0; i < out.length; i++) {
        out[i] *= factor;
      }
    }
    return out;
  }

  /** Whether all rewards are the same, so that nothing distinguishes the answers. */
  public static boolean equal(double[] rewards) {
    for (double reward : rewards) {
      if (reward != rewards[0]) {
        return false;
      }
    }
    return true;
  }
}
