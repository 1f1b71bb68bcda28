package dev.millrace.learner.preference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;

/** What both losses over pairs are made of. */
final class PairLoss {

  private PairLoss() {}

  /**
   * The mean of -log sigmoid(margin): Bradley and Terry's (1952) likelihood that the chosen one
   * wins.
   *
   * @param margins [pairs], by how much the chosen one is ahead
   */
  static NDArray of(NDArray margins) {
    // softplus(-x) = max(-x, 0) + log(1 + exp(-|x|)): exp never overflows.
    NDArray against = margins.neg();
    return NDArrays.maximum(against, 0).add(margins.abs().neg().exp().add(1).log()).mean();
  }
}
