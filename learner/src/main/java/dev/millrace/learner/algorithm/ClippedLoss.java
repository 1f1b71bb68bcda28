package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/**
 * The clipped surrogate of PPO (Schulman et al. 2017), GRPO and, with two bounds, DAPO: max(-A r,
 * -A clip(r, 1 - low, 1 + high)). With a dual bound c (Ye et al. 2020), tokens of negative
 * advantage lose at most -A c.
 *
 * @param dual 0 = none
 */
record ClippedLoss(double low, double high, double dual) implements PolicyLoss {

  @Override
  public NDArray of(LossInputs in) {
    return of(Ratios.of(in.logProbs(), in.old()), in.advantages());
  }

  NDArray of(NDArray ratio, NDArray advantages) {
    NDArray minus = advantages.neg();
    NDArray loss =
        ratio.mul(minus).maximum(ratio.clip((float) (1 - low), (float) (1 + high)).mul(minus));
    if (dual == 0) {
      return loss;
    }
    // Where A >= 0 the bound must never be reached: 1e30 stands for infinity.
    NDArray bound = advantages.clip(-Float.MAX_VALUE, 0).mul((float) -dual);
    NDArray positive = advantages.gte(0).toType(loss.getDataType(), false).mul(1e30f);
    return loss.minimum(bound.add(positive));
  }

  /** A token that is held back has no gradient. */
  @Override
  public Hold hold(double ratio, double advantage) {
    if (advantage > 0) {
      return ratio > 1 + high ? Hold.HIGH : Hold.NONE;
    }
    if (advantage < 0 && ratio < 1 - low) {
      return Hold.LOW;
    }
    return advantage < 0 && dual > 0 && ratio > dual ? Hold.DUAL : Hold.NONE;
  }
}
