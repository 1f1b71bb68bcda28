package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.OverlongPenalty;
import dev.millrace.learner.algorithm.OverlongSettings;

/** The reward that is learned from: what the scorers gave, less the penalty for length. */
record ShapedReward(OverlongSettings overlong) {

  double of(TrainingSample sample) {
    return sample.reward() + penalty(sample);
  }

  boolean punishes() {
    return overlong.longest() > 0;
  }

  /** 0 or less. */
  double penalty(TrainingSample sample) {
    return punishes()
        ? overlong.factor()
            * OverlongPenalty.of(sample.tokens().length, overlong.longest(), overlong.buffer())
        : 0;
  }

  /** One number a sample. */
  double[] of(TrainingGroup group) {
    return group.samples().stream().mapToDouble(this::of).toArray();
  }
}
