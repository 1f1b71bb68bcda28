package dev.millrace.reward.function;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearnedRewardTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "one. two. three|one;one. two;one. two. three",
        "one. two. |one;one. two",
        "no mark|no mark",
        ". |. ",
      })
  void a_completion_is_scored_up_to_the_end_of_each_step(String text, String steps) {
    var reward = new LearnedReward(null, 0, true, ". ", LearnedReward.OverSteps.MIN);
    assertThat(reward.steps(text + (text.endsWith(".") ? " " : "")).stream().map(String::strip))
        .isEqualTo(List.of(steps.split(";")).stream().map(String::strip).toList());
  }

  @ParameterizedTest
  @CsvSource({"MIN, 0.2", "MEAN, 0.5", "LAST, 0.5", "PRODUCT, 0.08"})
  void scores_of_steps_become_one(LearnedReward.OverSteps over, double expected) {
    assertThat(LearnedReward.together(new double[] {0.8, 0.2, 0.5}, over))
        .isCloseTo(expected, org.assertj.core.api.Assertions.within(1e-12));
  }
}
