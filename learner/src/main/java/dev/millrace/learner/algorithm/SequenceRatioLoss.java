package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/**
 * GSPO (Zheng et al. 2025): the clipped surrogate with one ratio a sequence, the geometric mean of
 * those of its tokens. Each token carries its sequence's loss, so with seq-mean-token-mean the loss
 * is the mean over sequences.
 *
 * @param dual as in {@link ClippedLoss}
 */
record SequenceRatioLoss(double low, double high, double dual) implements PolicyLoss {

  @Override
  public NDArray of(LossInputs in) {
    NDArray difference = in.logProbs().sub(in.old()).clip(-Ratios.LIMIT, Ratios.LIMIT);
    NDArray ratio = SequenceMeans.spread(in.manager(), difference, in.offsets()).exp();
    return new ClippedLoss(low, high, dual).of(ratio, in.advantages());
  }

  @Override
  public Hold hold(double ratio, double advantage) {
    return new ClippedLoss(low, high, dual).hold(ratio, advantage);
  }

  @Override
  public boolean oneRatioPerSequence() {
    return true;
  }
}
