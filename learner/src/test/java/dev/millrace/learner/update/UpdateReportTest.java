package dev.millrace.learner.update;

import static dev.millrace.learner.update.Updaters.EXAMPLES;
import static dev.millrace.learner.update.Updaters.GROUPS;
import static dev.millrace.learner.update.Updaters.kl;
import static dev.millrace.learner.update.Updaters.preset;
import static dev.millrace.learner.update.Updaters.updater;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.OverlongSettings;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import dev.millrace.learner.algorithm.RatioReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What an update tells of itself, and whose answers have a part in it. */
class UpdateReportTest {

  @Test
  void a_policy_that_has_not_changed_has_a_ratio_of_one() {
    for (RatioReference ratio : RatioReference.values()) {
      AlgorithmSettings settings =
          preset("grpo")
              .with(new OffPolicySettings(ratio, ImportanceWeight.NONE, 2, 0))
              .with(new BatchSettings(1, 0, 60));
      try (PolicyUpdater updater = updater(settings)) {
        UpdateReport report = updater.update(GROUPS, 1, Samples.VERSION);
        assertThat(report.get(UpdateMetrics.LOGPROB_GAP)).isLessThan(1e-6);
        assertThat(report.get(UpdateMetrics.CLIP_FRACTION)).isZero();
        if (ratio == RatioReference.BEHAVIOUR) {
          assertThat(report.get(UpdateMetrics.RATIO_MEAN)).isCloseTo(1, within(1e-6));
        } else {
          assertThat(report.get(UpdateMetrics.RATIO_MEAN)).isEqualTo(1);
          assertThat(report.get(UpdateMetrics.RATIO_MAX)).isEqualTo(1);
        }
      }
    }
  }

  @Test
  void
      the_gap_counts_only_answers_wholly_of_the_version_before_and_the_policy_before_its_first_step() {
    List<TrainingGroup> groups = new ArrayList<>(GROUPS);
    TrainingGroup group = groups.removeFirst();
    groups.add(
        new TrainingGroup(
            "older",
            group.prompt(),
            group.samples().stream()
                .map(
                    sample ->
                        new TrainingSample(
                            sample.tokens(),
                            new float[sample.tokens().length],
                            swapped(sample.tokens().length),
                            sample.reward(),
                            sample.components(),
                            false))
                .toList()));
    AlgorithmSettings settings = preset("grpo").with(new BatchSettings(3, 0, 60));
    try (PolicyUpdater updater = updater(settings)) {
      UpdateReport report = updater.update(groups, 1, Samples.VERSION);
      assertThat(report.get(UpdateMetrics.LOGPROB_GAP)).isLessThan(1e-6);
      assertThat(report.get(UpdateMetrics.LOGPROB_GAP_ALL)).isGreaterThan(0.1);

      UpdateReport later = updater.update(groups, 2, Samples.VERSION + 1);
      assertThat(later.metrics()).doesNotContainKey(UpdateMetrics.LOGPROB_GAP);
    }
  }

  /** Versions of an answer whose first token is older than the rest. */
  private static long[] swapped(int tokens) {
    var versions = new long[tokens];
    Arrays.fill(versions, 1, tokens, Samples.VERSION);
    return versions;
  }

  @Test
  void answers_that_were_cut_off_have_no_influence_where_they_do_not_count() {
    AlgorithmSettings settings = withoutTruncated(preset("reinforce++"));
    List<TrainingGroup> with = new ArrayList<>(GROUPS);
    with.add(
        new TrainingGroup(
            "cut",
            new int[] {1},
            List.of(
                new TrainingSample(
                    new int[] {2, 3}, new float[] {-1, -1}, new long[2], -5, Map.of(), true))));
    try (PolicyUpdater one = updater(settings);
        PolicyUpdater two = updater(settings)) {
      one.update(GROUPS, 1, Samples.VERSION);
      UpdateReport report = two.update(with, 1, Samples.VERSION);
      assertThat(two.weightsSha256()).isEqualTo(one.weightsSha256());
      assertThat(report.get(UpdateMetrics.ROWS_TRUNCATED)).isEqualTo(1);

      String before = one.weightsSha256();
      UpdateReport nothing = one.update(with.subList(6, 7), 2, Samples.VERSION);
      assertThat(nothing.get(UpdateMetrics.LOSS)).isZero();
      assertThat(nothing.get(UpdateMetrics.MINI_BATCHES)).isZero();
      assertThat(one.weightsSha256()).isEqualTo(before);
    }
  }

  @Test
  void the_reference_is_the_policy_before_the_first_update() {
    AlgorithmSettings settings =
        preset("grpo").with(kl(KlPlace.LOSS)).with(new BatchSettings(1, 0, 4096));
    try (PolicyUpdater updater = updater(settings)) {
      updater.warmUp(EXAMPLES, 1);
      double first = updater.update(GROUPS, 1, 1).get(UpdateMetrics.KL_REFERENCE);
      double second = updater.update(GROUPS, 2, 2).get(UpdateMetrics.KL_REFERENCE);
      assertThat(first).isZero();
      assertThat(second).isPositive();
    }
  }

  private static AlgorithmSettings withoutTruncated(AlgorithmSettings settings) {
    PolicyLossSettings loss = settings.loss();
    return settings.with(
        new PolicyLossSettings(loss.form(), 0.2, 0.2, 0, loss.aggregation(), loss.longest(), true));
  }

  @Test
  void answers_that_do_not_count_are_compared_with_by_their_divergence_too() {
    AlgorithmSettings settings = withoutTruncated(preset("rloo").with(kl(KlPlace.REWARD)));
    TrainingGroup group = GROUPS.getFirst();
    List<TrainingSample> samples = new ArrayList<>(group.samples());
    TrainingSample cut = samples.getFirst();
    samples.set(
        0,
        new TrainingSample(
            cut.tokens(), cut.behaviour(), cut.versions(), 0.5, cut.components(), true));
    List<TrainingGroup> groups =
        List.of(new TrainingGroup(group.taskId(), group.prompt(), samples));
    try (PolicyUpdater updater = updater(settings)) {
      updater.update(groups, 1, Samples.VERSION);
      UpdateReport report = updater.update(groups, 2, Samples.VERSION);
      assertThat(report.get(UpdateMetrics.ROWS_TRUNCATED)).isEqualTo(1);
      assertThat(report.get(UpdateMetrics.KL_REFERENCE)).isPositive();
    }
  }

  @Test
  void an_entropy_bonus_keeps_the_policy_open() {
    double[] entropy = new double[2];
    for (int bonus = 0; bonus < 2; bonus++) {
      AlgorithmSettings settings =
          AlgorithmSettings.parse(preset("grpo").json().put("entropyBonus", bonus), "");
      try (PolicyUpdater updater = updater(settings)) {
        for (int update = 1; update <= 4; update++) {
          entropy[bonus] =
              updater.update(GROUPS, update, Samples.VERSION).get(UpdateMetrics.ENTROPY);
        }
      }
    }
    assertThat(entropy[1]).isGreaterThan(entropy[0]);
  }

  @Test
  void a_penalty_for_length_is_reported_and_part_of_the_mean_reward() {
    AlgorithmSettings settings = preset("grpo").with(new OverlongSettings(6, 3, 0.5));
    double penalty =
        GROUPS.stream()
            .flatMap(group -> group.samples().stream())
            .mapToDouble(s -> Math.clamp((3 - s.tokens().length) / 3.0, -1, 0) / 2)
            .average()
            .orElseThrow();
    try (PolicyUpdater updater = updater(settings);
        PolicyUpdater plain = updater(preset("grpo"))) {
      UpdateReport report = updater.update(GROUPS, 1, Samples.VERSION);
      UpdateReport without = plain.update(GROUPS, 1, Samples.VERSION);
      assertThat(penalty).isNegative();
      assertThat(report.get(UpdateMetrics.OVERLONG_PENALTY)).isCloseTo(penalty, within(1e-9));
      assertThat(report.get(UpdateMetrics.REWARD_MEAN))
          .isCloseTo(without.get(UpdateMetrics.REWARD_MEAN) + penalty, within(1e-9));
      assertThat(without.metrics()).doesNotContainKey(UpdateMetrics.OVERLONG_PENALTY);
    }
  }
}
