package dev.millrace.learner.task;

import dev.millrace.learner.algorithm.AdvantageEstimator;
import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.Aggregation;
import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.algorithm.PolicyLossForm;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import dev.millrace.learner.update.AlgorithmPresets;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.SftSettings;

/** The settings with which the small task is learned in minutes. */
final class TaskRecipe {

  private TaskRecipe() {}

  /** GRPO: mini-batches of 96 rows, bounds .2 and .28, a rate that falls. */
  static AlgorithmSettings grpo(double rate, long total) {
    return AlgorithmPresets.named("grpo")
        .with(new AdvantageSettings(AdvantageEstimator.GRPO, 1e-4, 1, 0.95, false, 1))
        .with(
            new PolicyLossSettings(
                PolicyLossForm.CLIP, 0.2, 0.28, 0, Aggregation.TOKEN_MEAN, 4, false))
        .with(new BatchSettings(1, 96, 4096))
        .with(OptimizerSettings.constant(rate, 5).linear(total, 0.25));
  }

  /** 128 fresh problems an update. */
  static SftSettings warmUp() {
    return warmUp(3e-3);
  }

  static SftSettings warmUp(double rate) {
    return new SftSettings(128, 4096, OptimizerSettings.constant(rate, 30));
  }

  static SingleProcessLoop.Settings loop(long seed, AlgorithmSettings algorithm) {
    return new SingleProcessLoop.Settings(
        seed, new AdditionTask(100), 64, 8, 0, algorithm, warmUp());
  }
}
