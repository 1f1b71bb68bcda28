package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/** The loss of each token: a pure function of its inputs. */
public interface PolicyLoss {

  /** How a loss holds a token back, if it does. */
  enum Hold {
    NONE,
    /** Its ratio is below the lower bound. */
    LOW,
    /** Its ratio is above the upper bound. */
    HIGH,
    /** Its loss is at the dual bound. */
    DUAL
  }

  /**
   * @return [tokens]
   */
  NDArray of(LossInputs inputs);

  /** What {@link #of} does to a token of this ratio and advantage, for the report. */
  Hold hold(double ratio, double advantage);

  /** Whether all tokens of a sequence have one ratio, the geometric mean of theirs. */
  default boolean oneRatioPerSequence() {
    return false;
  }

  /** The loss that settings describe. */
  static PolicyLoss of(PolicyLossSettings settings) {
    return settings.form().loss(settings);
  }
}
