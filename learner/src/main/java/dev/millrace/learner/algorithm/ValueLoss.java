package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/** The loss of a critic, token by token, with clipped values (Schulman et al. 2017). */
public final class ValueLoss {

  private ValueLoss() {}

  /**
   * 0.5 max((v - R)^2, (clip(v, old - c, old + c) - R)^2).
   *
   * @param values v [tokens], under autograd
   * @param old what they were at the start of the step
   * @param returns what they should be
   */
  public static NDArray of(NDArray values, NDArray old, NDArray returns, double clip) {
    NDArray moved = values.sub(old).clip((float) -clip, (float) clip).add(old);
    return values.sub(returns).square().maximum(moved.sub(returns).square()).mul(0.5f);
  }

  /** Whether a value has moved so far away from {@code old} that its loss has no gradient. */
  public static boolean clipped(double value, double old, double returns, double clip) {
    double moved = Math.clamp(value, old - clip, old + clip);
    return Math.abs(moved - returns) > Math.abs(value - returns);
  }
}
