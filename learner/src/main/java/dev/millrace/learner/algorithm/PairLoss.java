package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/** Losses of pairs, one of which is preferred: one number a pair. */
public final class PairLoss {

  private PairLoss() {}

  /**
   * DPO (Rafailov et al. 2023): -log sigmoid(beta ((lw - fw) - (ll - fl))), of sums over the tokens
   * of a sequence.
   *
   * @param winner l of the preferred answers [pairs], under autograd
   * @param loser l of the others
   * @param winnerReference f of the preferred answers
   * @param loserReference f of the others
   */
  public static NDArray dpo(
      NDArray winner, NDArray loser, NDArray winnerReference, NDArray loserReference, double beta) {
    return minusLogSigmoid(
        winner.sub(winnerReference).sub(loser.sub(loserReference)).mul((float) beta));
  }

  /**
   * Bradley and Terry (1952), as reward models are trained: -log sigmoid(chosen - rejected).
   *
   * @param chosen scores [pairs], under autograd
   */
  public static NDArray bradleyTerry(NDArray chosen, NDArray rejected) {
    return minusLogSigmoid(chosen.sub(rejected));
  }

  // log(1 + exp(-x)) = max(-x, 0) + log(1 + exp(-|x|)), which does not overflow.
  private static NDArray minusLogSigmoid(NDArray x) {
    return x.neg().maximum(0).add(x.abs().neg().exp().add(1).log());
  }
}
