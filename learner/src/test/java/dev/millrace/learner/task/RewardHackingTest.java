package dev.millrace.learner.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.learner.engine.BatchMetrics;
import dev.millrace.learner.task.SingleProcessLoop.Reward;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A reward that can be had without doing the task: a bonus for length. What the ledger says of each
 * batch shows it, since components and lengths stand beside the sum.
 */
class RewardHackingTest {

  private static final Reward LENGTH_PAYS =
      (problem, answer) ->
          Map.of(
              "exact",
              Reward.EXACT.of(problem, answer).get("exact"),
              "length",
              1.0 * answer.length);

  private static SingleProcessLoop loop() {
    var settings =
        new SingleProcessLoop.Settings(
            6, new AdditionTask(10), 32, 8, 0, TaskRecipe.grpo(1e-3, 100), TaskRecipe.warmUp());
    return new SingleProcessLoop(settings, LENGTH_PAYS);
  }

  @Test
  void reward_and_length_rise_while_the_share_of_right_answers_falls() {
    try (SingleProcessLoop loop = loop()) {
      for (int i = 0; i < 40; i++) {
        loop.warmUp();
      }
      loop.startLearning();
      Map<String, Double> first = BatchMetrics.of(loop.learn().groups());
      Map<String, Double> last = first;
      for (int i = 0; i < 25; i++) {
        last = BatchMetrics.of(loop.learn().groups());
      }
      assertThat(first.get("reward.component.exact")).isGreaterThan(0.2);
      assertThat(last.get("reward.mean")).isGreaterThan(first.get("reward.mean") + 0.5);
      assertThat(last.get("length.mean")).isGreaterThan(first.get("length.mean") + 0.5);
      assertThat(last.get("reward.component.exact"))
          .isLessThan(first.get("reward.component.exact") / 2);
    }
  }
}
