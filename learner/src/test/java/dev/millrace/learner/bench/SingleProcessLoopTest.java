package dev.millrace.learner.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.learner.bench.SingleProcessLoop.Step;
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
    AlgorithmSettings grpo = TaskRecipe.grpo(1e-3, 100);
    return grpo.with(grpo.advantage().withScale(scale));
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
    SingleProcessLoop loop = new SingleProcessLoop(settings(grpo(scale), stale));
    loop.updater().load(start);
    loop.startLearning();
    return loop;
  }

  @Test
  void sampler_and_learner_agree_and_rewards_rise() {
    try (SingleProcessLoop loop = warm(1, 0)) {
      Step first = loop.learn();
      assertThat(first.report().get(UpdateMetrics.LOGPROB_GAP)).isLessThan(2e-6);
      double before = reward(loop, 3);
      assertThat(before).isBetween(0.2, 0.5);
      reward(loop, 20);
      assertThat(reward(loop, 3)).isGreaterThan(before + 0.1);
    }
  }

  @Test
  void with_negated_advantages_what_was_learned_is_lost() {
    try (SingleProcessLoop loop = warm(-1, 0)) {
      double before = reward(loop, 2);
      reward(loop, 15);
      assertThat(reward(loop, 3)).isLessThan(before / 2);
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
