package dev.millrace.learner.bench;

import dev.millrace.learner.algorithm.AdvantageEstimator;
import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.Aggregation;
import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.CriticSettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.algorithm.PolicyLossForm;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import dev.millrace.learner.update.AlgorithmPresets;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.SftSettings;
import java.util.ArrayList;
import java.util.List;

/** The settings with which the small task is learned in minutes. */
final class TaskRecipe {

  /** PPO whose critic is a value head on the states of the policy. */
  static final String SHARED_CRITIC = "ppo-shared";

  /** Every preset, and {@link #SHARED_CRITIC}. */
  static final List<String> NAMES = names();

  private static final int ROWS = 96;
  private static final int MICRO_BATCH = 4096;
  private static final long FOR_EVER = 10_000;

  private TaskRecipe() {}

  private static List<String> names() {
    List<String> names = new ArrayList<>(AlgorithmPresets.NAMES);
    names.add(SHARED_CRITIC);
    return List.copyOf(names);
  }

  /** GRPO: mini-batches of 96 rows, bounds .2 and .28, a rate that falls. */
  static AlgorithmSettings grpo(double rate, long total) {
    return AlgorithmPresets.named("grpo")
        .with(new AdvantageSettings(AdvantageEstimator.GRPO, 1e-4, 1, 0.95, false, 1))
        .with(
            new PolicyLossSettings(
                PolicyLossForm.CLIP, 0.2, 0.28, 0, Aggregation.TOKEN_MEAN, 4, false))
        .with(new BatchSettings(1, ROWS, MICRO_BATCH))
        .with(OptimizerSettings.constant(rate, 5).linear(total, 0.25));
  }

  /** The rate at which an algorithm learns this task well, of those that were tried. */
  static double rate(String name) {
    return 3e-4;
  }

  /** A preset as it is, but for the size of its batches and its rates. */
  static AlgorithmSettings preset(String name, double rate) {
    boolean shared = name.equals(SHARED_CRITIC);
    AlgorithmSettings preset = AlgorithmPresets.named(shared ? "ppo" : name);
    return preset
        .with(new BatchSettings(1, ROWS, MICRO_BATCH))
        .with(OptimizerSettings.constant(rate, 5).linear(FOR_EVER, 0.25))
        .with(preset.loss().withLongest(AdditionTask.MAX_ANSWER))
        .with(CriticSettings.own(OptimizerSettings.constant(1e-3, 5)).withShared(shared));
  }

  /** 128 fresh problems an update. */
  static SftSettings warmUp() {
    return warmUp(3e-3);
  }

  static SftSettings warmUp(double rate) {
    return new SftSettings(128, MICRO_BATCH, OptimizerSettings.constant(rate, 30));
  }

  static SingleProcessLoop.Settings loop(long seed, int stale, AlgorithmSettings algorithm) {
    return new SingleProcessLoop.Settings(
        seed, new AdditionTask(100), 64, 8, stale, algorithm, warmUp());
  }
}
