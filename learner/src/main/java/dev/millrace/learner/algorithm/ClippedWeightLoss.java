package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/**
 * CISPO (MiniMax 2025): -stop_gradient(clip(r, 1 - low, 1 + high)) A l. The weight is clipped, not
 * the update, so every token has a gradient.
 */
record ClippedWeightLoss(double low, double high) implements PolicyLoss {

  @Override
  public NDArray of(LossInputs in) {
    NDArray ratio = Ratios.of(in.logProbs().stopGradient(), in.old());
    NDArray weight = ratio.clip((float) (1 - low), (float) (1 + high));
    return in.logProbs().mul(weight.mul(in.advantages())).neg();
  }

  /** A token that is held back has a smaller, or larger, weight than its ratio. */
  @Override
  public Hold hold(double ratio, double advantage) {
    return ratio > 1 + high ? Hold.HIGH : ratio < 1 - low ? Hold.LOW : Hold.NONE;
  }
}
