package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/** -A r: the policy gradient with importance sampling and no bound. */
record UnclippedLoss() implements PolicyLoss {

  @Override
  public NDArray of(LossInputs in) {
    return Ratios.of(in.logProbs(), in.old()).mul(in.advantages()).neg();
  }

  @Override
  public Hold hold(double ratio, double advantage) {
    return Hold.NONE;
  }
}
