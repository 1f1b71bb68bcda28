package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/** The loss of each token: a pure function of its inputs. */
@FunctionalInterface
public interface PolicyLoss {

  /**
   * @return [tokens]
   */
  NDArray of(LossInputs inputs);

  /** The loss that settings describe. */
  static PolicyLoss of(PolicyLossSettings s) {
    return switch (s.form()) {
      case CLIP -> new ClippedLoss(s.clipLow(), s.clipHigh(), s.dualClip());
      case GSPO -> new SequenceRatioLoss(s.clipLow(), s.clipHigh(), s.dualClip());
      case CISPO -> new ClippedWeightLoss(s.clipLow(), s.clipHigh());
      case UNCLIPPED -> new UnclippedLoss();
    };
  }
}
