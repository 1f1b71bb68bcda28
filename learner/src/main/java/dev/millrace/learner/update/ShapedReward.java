package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.OverlongPenalty;
import dev.millrace.learner.algorithm.OverlongSettings;

/** The reward that is learned from: what the scorers gave, less the penalty for length. */
record ShapedReward(OverlongSettings overlong) {

  double of(TrainingSample sample) {
    if (overlong.longest() == 0) {
      return sample.reward();
    }
    return sample.reward()
        + overlong.factor()
            * OverlongPenalty.of(sample.tokens().length, overlong.longest(), overlong.buffer());
  }

  /** One number a sample. */
  double[] of(TrainingGroup group) {
    return group.samples().stream().mapToDouble(this::of).toArray();
  }
}
