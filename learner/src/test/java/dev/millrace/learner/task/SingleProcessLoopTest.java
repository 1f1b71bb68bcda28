package dev.millrace.learner.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.learner.task.SingleProcessLoop.Step;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.UpdateMetrics;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop on a task of sums below 20, which a few steps change; the whole task is a benchmark. */
class SingleProcessLoopTest {

  private static SingleProcessLoop.Settings settings(AlgorithmSettings algorithm, int stale) {
    return new SingleProcessLoop.Settings(
        6, new AdditionTask(10), 32, 8, stale, algorithm, TaskRecipe.warmUp());
  }

  private static AlgorithmSettings grpo(double scale) {
    return grpo(scale, 1e-3);
  }

  private static AlgorithmSettings grpo(double scale, double rate) {
    AlgorithmSettings grpo = TaskRecipe.grpo(rate, 100);
    AdvantageSettings a = grpo.advantage();
    return grpo.with(
        new AdvantageSettings(a.estimator(), a.eps(), a.gamma(), a.lambda(), a.whiten(), scale));
  }

  private static double reward(SingleProcessLoop loop, int steps) {
    double sum = 0;
    for (int i = 0; i < steps; i++) {
      sum += loop.learn().reward();
    }
    return sum / steps;
  }

  @TempDir static Path start;

  @BeforeAll
  static void warm_up_once() {
    try (SingleProcessLoop loop = new SingleProcessLoop(settings(grpo(1), 0))) {
      for (int i = 0; i < 40; i++) {
        loop.warmUp();
      }
      loop.updater().save(start);
    }
  }

  private static SingleProcessLoop warm(double scale, int stale) {
    return warm(grpo(scale), stale);
  }

  private static SingleProcessLoop warm(AlgorithmSettings algorithm, int stale) {
    SingleProcessLoop loop = new SingleProcessLoop(settings(algorithm, stale));
    loop.updater().load(start);
    loop.startLearning();
    return loop;
  }

  @Test
  void sampler_and_learner_agree_and_rewards_rise() {
    try (SingleProcessLoop loop = warm(1, 0)) {
      Step first = loop.learn();
      assertThat(first.report().get(UpdateMetrics.LOGPROB_GAP)).isLessThan(1e-6);
      double before = reward(loop, 3);
      assertThat(before).isBetween(0.2, 0.5);
      reward(loop, 20);
      assertThat(reward(loop, 3)).isGreaterThan(before + 0.1);
    }
  }

  @Test
  void with_negated_advantages_what_was_learned_is_lost_within_30_steps() {
    try (SingleProcessLoop loop = warm(-1, 0)) {
      assertThat(reward(loop, 2)).isGreaterThan(0.2);
      reward(loop, 23);
      assertThat(reward(loop, 5)).isLessThan(0.01);
    }
  }

  @Test
  void without_the_warm_start_nothing_is_learned() {
    try (SingleProcessLoop loop = new SingleProcessLoop(settings(grpo(1), 0))) {
      loop.startLearning();
      assertThat(reward(loop, 15)).isLessThan(0.02);
      assertThat(reward(loop, 5)).isLessThan(0.02);
    }
  }

  @Test
  void four_steps_stale_it_collapses_without_the_ratio_and_climbs_with_it() {
    AlgorithmSettings ratio = grpo(1, 2e-3);
    AlgorithmSettings none =
        ratio.with(new OffPolicySettings(RatioReference.NONE, ImportanceWeight.NONE, 2, 0));
    double before;
    try (SingleProcessLoop loop = warm(none, 4)) {
      before = reward(loop, 5);
      reward(loop, 10);
      assertThat(reward(loop, 5)).isLessThan(before / 2);
    }
    try (SingleProcessLoop loop = warm(ratio, 4)) {
      reward(loop, 40);
      assertThat(reward(loop, 5)).isGreaterThan(before + 0.1);
    }
  }

  @Test
  void samples_of_an_older_version_are_seen_as_such() {
    try (SingleProcessLoop loop = warm(1, 2)) {
      for (int i = 0; i < 3; i++) {
        loop.learn();
      }
      Step step = loop.learn();
      assertThat(step.report().metrics()).doesNotContainKey(UpdateMetrics.LOGPROB_GAP);
      assertThat(step.report().get(UpdateMetrics.LOGPROB_GAP_ALL)).isGreaterThan(1e-3);
      assertThat(step.report().get(UpdateMetrics.KL_BEHAVIOUR)).isGreaterThan(0);
    }
  }

  @Test
  void the_same_seed_gives_the_same_weights() {
    String[] hashes = new String[2];
    for (int run = 0; run < 2; run++) {
      try (SingleProcessLoop loop = warm(1, 0)) {
        reward(loop, 3);
        hashes[run] = loop.updater().weightsSha256();
      }
    }
    assertThat(hashes[1]).isEqualTo(hashes[0]);
  }
}
