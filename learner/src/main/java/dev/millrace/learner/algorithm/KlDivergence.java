package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/**
 * Estimates of the divergence from the reference policy, token by token (Schulman 2020). The
 * difference of log-probabilities is clamped to +-20 and k3 to 10.
 */
public final class KlDivergence {

  private static final float K3_LIMIT = 10;

  private KlDivergence() {}

  /**
   * @param l log-probabilities under the policy [tokens], under autograd where the estimate is part
   *     of a loss
   * @param f the same under the reference
   */
  public static NDArray of(KlEstimator estimator, NDArray l, NDArray f) {
    NDArray difference = l.sub(f).clip(-Ratios.LIMIT, Ratios.LIMIT);
    return switch (estimator) {
      case K1 -> difference;
      case K2 -> difference.square().mul(0.5f);
      case K3 -> difference.neg().exp().add(difference).sub(1).clip(-K3_LIMIT, K3_LIMIT);
    };
  }

  /** k3 of one token without limits, but that exp does not overflow: exp(f - l) - (f - l) - 1. */
  public static double exactK3(double l, double f) {
    return Math.exp(Math.min(f - l, Ratios.LIMIT)) - (f - l) - 1;
  }

  /** Whether the estimate of a token is at a limit. */
  public static boolean clamped(KlEstimator estimator, double l, double f) {
    return Math.abs(l - f) > Ratios.LIMIT
        || (estimator == KlEstimator.K3 && exactK3(l, f) > K3_LIMIT);
  }

  /** An estimate of one token, for a penalty in the reward. */
  public static double of(KlEstimator estimator, double l, double f) {
    double d = Math.clamp(l - f, -Ratios.LIMIT, Ratios.LIMIT);
    return switch (estimator) {
      case K1 -> d;
      case K2 -> d * d / 2;
      case K3 -> Math.min(exactK3(d, 0), K3_LIMIT);
    };
  }
}
