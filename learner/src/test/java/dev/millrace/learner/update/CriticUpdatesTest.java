package dev.millrace.learner.update;

import static dev.millrace.learner.update.Updaters.FAST;
import static dev.millrace.learner.update.Updaters.GROUPS;
import static dev.millrace.learner.update.Updaters.preset;
import static dev.millrace.learner.update.Updaters.shared;
import static dev.millrace.learner.update.Updaters.updater;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.CriticSettings;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A critic learns beside the policy, as a value head or on its own. */
class CriticUpdatesTest {

  @Test
  void a_critic_learns_what_rewards_to_expect() {
    for (AlgorithmSettings settings : List.of(preset("ppo"), shared())) {
      try (PolicyUpdater updater = updater(settings)) {
        UpdateReport first = updater.update(GROUPS, 1, 1);
        UpdateReport report = first;
        for (int update = 2; update < 12; update++) {
          report = updater.update(GROUPS, update, update);
        }
        assertThat(first.get(UpdateMetrics.VALUE_EXPLAINED)).isCloseTo(0, within(1e-6));
        assertThat(report.get(UpdateMetrics.VALUE_EXPLAINED)).isLessThan(1);
        assertThat(report.get(UpdateMetrics.VALUE_LOSS))
            .isLessThan(first.get(UpdateMetrics.VALUE_LOSS));
      }
    }
  }

  @Test
  void what_a_critic_of_zeroes_loses_first_is_half_the_mean_square_of_its_returns() {
    double expected = 0;
    long tokens = 0;
    for (TrainingSample sample : GROUPS.stream().flatMap(g -> g.samples().stream()).toList()) {
      for (int t = 0; t < sample.tokens().length; t++) {
        // With values of 0 an advantage, and so a return, is the reward, decayed.
        double wanted = sample.reward() * Math.pow(0.95, sample.tokens().length - 1 - t);
        expected += wanted * wanted / 2;
        tokens++;
      }
    }
    for (AlgorithmSettings settings : List.of(preset("ppo"), shared())) {
      try (PolicyUpdater updater = updater(settings.with(new BatchSettings(1, 0, 60)))) {
        UpdateReport report = updater.update(GROUPS, 1, Samples.VERSION);
        double weight = settings.critic().shared() ? settings.critic().weight() : 1;
        assertThat(report.get(UpdateMetrics.VALUE_LOSS))
            .isCloseTo(weight * expected / tokens, within(1e-5));
        assertThat(report.metrics()).containsEntry(UpdateMetrics.VALUE_CLIP_FRACTION, 0.0);
      }
    }
  }

  @Test
  void values_that_have_moved_as_far_as_they_may_are_counted() {
    AlgorithmSettings ppo = preset("ppo").with(new BatchSettings(6, 0, 4096));
    CriticSettings narrow = new CriticSettings(false, 0.5, 1e-3, FAST);
    try (PolicyUpdater updater = updater(ppo.with(narrow))) {
      double share =
          updater.update(GROUPS, 1, Samples.VERSION).get(UpdateMetrics.VALUE_CLIP_FRACTION);
      assertThat(share).isStrictlyBetween(0.1, 1.0);
    }
  }
}
