package dev.millrace.learner.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.learner.algorithm.KlEstimator;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.KlSettings;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The counts that {@link UpdateOracleTest} does not reach. */
class UpdateStatisticsTest {

  private static final AlgorithmSettings SETTINGS =
      AlgorithmPresets.named("ppo").with(new KlSettings(KlPlace.LOSS, KlEstimator.K3, 0.1));

  @Test
  void figures_of_optimizer_steps_are_means() {
    var statistics = new UpdateStatistics(SETTINGS);
    statistics.step(1, 10);
    statistics.step(5, 20);
    statistics.criticStep(3, 1);
    statistics.criticStep(5, 2);

    assertThat(statistics.metrics())
        .containsEntry(UpdateMetrics.LOSS, 3.0)
        .containsEntry(UpdateMetrics.GRAD_NORM, 15.0)
        .containsEntry(UpdateMetrics.VALUE_LOSS, 4.0)
        .containsEntry(UpdateMetrics.VALUE_GRAD_NORM, 1.5)
        .containsEntry(UpdateMetrics.MINI_BATCHES, 2.0)
        .containsEntry(UpdateMetrics.ENTROPY, 0.0);
  }

  @Test
  void values_count_as_clipped_where_they_have_left_for_what_is_wanted() {
    var statistics = new UpdateStatistics(SETTINGS);
    assertThat(statistics.metrics()).doesNotContainKey(UpdateMetrics.VALUE_CLIP_FRACTION);
    float[] now = {0.9f, 0.9f, 0.1f, -0.9f};
    float[] wanted = {1, 0, 1, -1};
    statistics.observeValues(now, new float[4], wanted, 0.5);
    statistics.observeValues(new float[1], new float[1], new float[1], 0.5);

    assertThat(statistics.metrics()).containsEntry(UpdateMetrics.VALUE_CLIP_FRACTION, 0.4);
  }

  @Test
  void divergences_at_their_limit_are_counted() {
    var row =
        new TrainingRow(
            0, new int[] {1}, Samples.sample(new int[4], new float[] {-1, -1, -1, -1}, 1));
    row.advantage(1);
    row.reference(new float[] {-1, -2, 14, -1});
    float[] l = {-1, -1, -1, -1};
    var statistics = new UpdateStatistics(SETTINGS);
    statistics.observe(
        MicroBatch.of(List.of(row)), new Objective.Seen(l, new float[4], l, new boolean[1]));

    Map<String, Double> metrics = statistics.metrics();
    assertThat(metrics).containsEntry(UpdateMetrics.KL_REFERENCE_CLAMPED, 0.25);
    assertThat(metrics.get(UpdateMetrics.KL_REFERENCE))
        .isCloseTo((Math.exp(-1) + 10) / 4, within(1e-6));
  }
}
