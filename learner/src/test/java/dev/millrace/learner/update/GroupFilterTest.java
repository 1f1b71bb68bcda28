package dev.millrace.learner.update;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.learner.algorithm.OverlongSettings;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GroupFilterTest {

  private static final AlgorithmSettings GRPO = AlgorithmPresets.named("grpo");
  private static final int[] PROMPT = {1, 2};

  private static Optional<String> reason(AlgorithmSettings settings, TrainingSample... samples) {
    return new GroupFilter(settings, Samples.CONFIG)
        .reason(new TrainingGroup("t", PROMPT, List.of(samples)));
  }

  private static TrainingSample sample(double reward, int... tokens) {
    return Samples.sample(tokens, new float[tokens.length], reward);
  }

  @Test
  void a_group_whose_rewards_differ_may_be_trained_on() {
    assertThat(reason(GRPO, sample(1, 3), sample(0, 4, 5))).isEmpty();
  }

  @Test
  void every_reason_has_its_code() {
    assertThat(reason(GRPO)).contains("empty-group");
    assertThat(reason(GRPO, sample(1, 3))).contains("group-of-one");
    assertThat(reason(GRPO, sample(1, 3), sample(1, 4))).contains("zero-variance");
    assertThat(reason(GRPO, sample(1, 3), sample(0))).contains("empty-completion");
    assertThat(reason(GRPO, sample(1, 3), sample(0, 17))).contains("unknown-token");
    assertThat(reason(GRPO, sample(1, 3), sample(0, -1))).contains("unknown-token");
    assertThat(reason(GRPO, sample(1, 3), sample(0, new int[31]))).contains("too-long");
    assertThat(reason(GRPO, sample(1, new int[30]), sample(0, 3))).isEmpty();
    assertThat(reason(GRPO, sample(Double.NaN, 3), sample(0, 4))).contains("reward-not-finite");
    assertThat(
            reason(
                GRPO,
                Samples.sample(new int[] {3}, new float[] {Float.NEGATIVE_INFINITY}, 1),
                sample(0, 4)))
        .contains("logprob-not-finite");
    assertThat(
            new GroupFilter(GRPO, Samples.CONFIG)
                .reason(new TrainingGroup("t", new int[0], List.of(sample(1, 3), sample(0, 4)))))
        .contains("empty-prompt");
  }

  @Test
  void without_a_group_baseline_equal_rewards_and_single_answers_teach() {
    AlgorithmSettings reinforce = AlgorithmPresets.named("reinforce++");
    assertThat(reason(reinforce, sample(1, 3))).isEmpty();
    assertThat(reason(reinforce, sample(1, 3), sample(1, 4))).isEmpty();
  }

  @Test
  void a_penalty_for_length_can_distinguish_equal_answers() {
    AlgorithmSettings overlong = GRPO.with(new OverlongSettings(4, 2, 1));
    assertThat(reason(overlong, sample(1, 3), sample(1, 3, 4, 5, 6))).isEmpty();
    assertThat(reason(overlong, sample(1, 3), sample(1, 3, 4))).contains("zero-variance");
  }

  @Test
  void answers_that_were_all_cut_off_teach_nothing_where_such_answers_do_not_count() {
    var loss = GRPO.loss();
    AlgorithmSettings masked =
        GRPO.with(new PolicyLossSettings(loss.form(), 0.2, 0.2, 0, loss.aggregation(), 1, true));
    TrainingSample cut =
        new TrainingSample(new int[] {3}, new float[1], new long[1], 1, Map.of(), true);
    TrainingSample other =
        new TrainingSample(new int[] {4}, new float[1], new long[1], 0, Map.of(), true);

    assertThat(reason(masked, cut, other)).contains("all-truncated");
    assertThat(reason(GRPO, cut, other)).isEmpty();
    assertThat(reason(masked, cut, sample(0, 5))).isEmpty();
  }
}
