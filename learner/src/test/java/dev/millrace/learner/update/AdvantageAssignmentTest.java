package dev.millrace.learner.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.learner.algorithm.AdvantageEstimator;
import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.KlEstimator;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.KlSettings;
import dev.millrace.learner.algorithm.OverlongSettings;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/** How rewards, penalties and values become the advantages of tokens. */
class AdvantageAssignmentTest {

  private static final double BETA = 0.5;
  private static final Offset<Double> CLOSE = within(1e-6);

  private static AlgorithmSettings settings(AdvantageEstimator estimator, boolean whiten) {
    return AlgorithmPresets.named("grpo")
        .with(new AdvantageSettings(estimator, 1e-6, 0.9, 0.8, whiten, 1));
  }

  private static AlgorithmSettings withKl(AlgorithmSettings settings, KlPlace place) {
    return settings.with(new KlSettings(place, KlEstimator.K1, BETA));
  }

  private static TrainingRow row(double reward, int tokens) {
    return new TrainingRow(
        0, new int[] {1}, Samples.sample(new int[tokens], new float[tokens], reward));
  }

  /** A row whose tokens have these log-probabilities, and under the reference others. */
  private static TrainingRow row(double reward, float[] start, float[] reference) {
    TrainingRow row = row(reward, start.length);
    row.start(start);
    row.reference(reference);
    return row;
  }

  private static void assign(AlgorithmSettings settings, TrainingRow... rows) {
    new AdvantageAssignment(settings).assign(List.of(List.of(rows)), List.of(rows));
  }

  @Test
  void every_token_of_an_answer_has_the_advantage_of_its_answer() {
    TrainingRow good = row(1, 3);
    TrainingRow bad = row(0, 1);
    assign(settings(AdvantageEstimator.DR_GRPO, false), good, bad);
    assertThat(good.advantages()).containsExactly(0.5, 0.5, 0.5);
    assertThat(bad.advantages()).containsExactly(-0.5);
    assign(settings(AdvantageEstimator.GRPO, false), good, bad);
    assertThat(good.advantages()[2]).isCloseTo(Math.sqrt(0.5), within(1e-5));
    assign(settings(AdvantageEstimator.RLOO, false), good, bad);
    assertThat(good.advantages()).containsExactly(1, 1, 1);
  }

  @Test
  void a_scale_of_minus_one_turns_every_advantage_round() {
    AlgorithmSettings settings = settings(AdvantageEstimator.DR_GRPO, false);
    TrainingRow good = row(1, 1);
    TrainingRow bad = row(0, 1);
    assign(settings.with(settings.advantage().withScale(-1)), good, bad);
    assertThat(good.advantages()).containsExactly(-0.5);
    assertThat(bad.advantages()).containsExactly(0.5);
  }

  @Test
  void answers_that_do_not_count_are_compared_with_but_not_whitened() {
    TrainingRow counts = row(1, 1);
    TrainingRow counts2 = row(0, 1);
    TrainingRow cut = row(-4, 2);
    var assignment = new AdvantageAssignment(settings(AdvantageEstimator.DR_GRPO, true));
    assignment.assign(List.of(List.of(counts, cut, counts2)), List.of(counts, counts2));
    // R - mean is 2 and 1; whitened over those two tokens alone.
    assertThat(counts.advantages()[0]).isCloseTo(Math.sqrt(0.5), CLOSE);
    assertThat(counts2.advantages()[0]).isCloseTo(-Math.sqrt(0.5), CLOSE);
    assertThat(cut.advantages()).containsExactly(-3, -3);
  }

  @Test
  void a_divergence_in_the_reward_is_taken_from_the_whole_answer_where_groups_are_compared() {
    TrainingRow strayed = row(1, new float[] {-1, -2}, new float[] {-2, -2.5f});
    TrainingRow stayed = row(1, new float[] {-1}, new float[] {-1});
    assign(withKl(settings(AdvantageEstimator.DR_GRPO, false), KlPlace.REWARD), strayed, stayed);
    double penalty = BETA * (1 + 0.5);
    assertThat(strayed.advantages()[0]).isCloseTo(-penalty / 2, CLOSE);
    assertThat(stayed.advantages()[0]).isCloseTo(penalty / 2, CLOSE);
  }

  @Test
  void a_divergence_in_the_loss_leaves_the_reward_alone() {
    TrainingRow one = row(1, new float[] {-1, -2}, new float[] {-2, -2.5f});
    TrainingRow other = row(0, new float[] {-1}, new float[] {-1});
    assign(withKl(settings(AdvantageEstimator.DR_GRPO, false), KlPlace.LOSS), one, other);
    assertThat(one.advantages()).containsExactly(0.5, 0.5);
  }

  @Test
  void returns_begin_with_the_reward_at_the_last_token_and_the_divergence_at_each() {
    TrainingRow row = row(1, new float[] {-1, -2}, new float[] {-2, -2.5f});
    assign(withKl(settings(AdvantageEstimator.RETURNS, false), KlPlace.REWARD), row);
    double last = 1 - BETA * 0.5;
    assertThat(row.advantages()[1]).isCloseTo(last, CLOSE);
    assertThat(row.advantages()[0]).isCloseTo(-BETA + 0.9 * last, CLOSE);
  }

  @Test
  void a_critic_is_told_advantages_plus_values_before_they_are_whitened_and_scaled() {
    AlgorithmSettings settings = settings(AdvantageEstimator.GAE, true);
    TrainingRow row = row(1, 2);
    row.values(new float[] {0.25f, 0.5f});
    assign(settings.with(settings.advantage().withScale(-3)), row);
    double last = 1 - 0.5;
    double first = 0.9 * 0.5 - 0.25 + 0.9 * 0.8 * last;
    assertThat((double) row.returns()[1]).isCloseTo(last + 0.5, CLOSE);
    assertThat((double) row.returns()[0]).isCloseTo(first + 0.25, CLOSE);
    // Two numbers whitened are half the square root of two apart from their mean.
    double sign = Math.signum(first - last);
    assertThat(row.advantages()[0]).isCloseTo(-3 * sign * Math.sqrt(0.5), within(1e-4));
    assertThat(row.advantages()[1]).isCloseTo(3 * sign * Math.sqrt(0.5), within(1e-4));
  }

  @Test
  void a_penalty_for_length_is_part_of_the_reward() {
    AlgorithmSettings settings =
        settings(AdvantageEstimator.DR_GRPO, false).with(new OverlongSettings(4, 2, 0.5));
    TrainingRow brief = row(1, 2);
    TrainingRow lengthy = row(1, 3);
    TrainingRow longest = row(1, 6);
    assign(settings, brief, lengthy, longest);
    assertThat(brief.advantages()[0]).isCloseTo(0.25, CLOSE);
    assertThat(lengthy.advantages()[0]).isCloseTo(0, CLOSE);
    assertThat(longest.advantages()[0]).isCloseTo(-0.25, CLOSE);
  }
}
