package dev.millrace.learner.update;

import static dev.millrace.learner.update.Updaters.EXAMPLES;
import static dev.millrace.learner.update.Updaters.GROUPS;
import static dev.millrace.learner.update.Updaters.kl;
import static dev.millrace.learner.update.Updaters.preset;
import static dev.millrace.learner.update.Updaters.shared;
import static dev.millrace.learner.update.Updaters.updater;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.Scope;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PolicyUpdaterTest {

  private static List<AlgorithmSettings> everyPreset() {
    List<AlgorithmSettings> out = new ArrayList<>();
    AlgorithmPresets.NAMES.forEach(name -> out.add(preset(name)));
    out.add(shared());
    out.add(preset("grpo").with(kl(KlPlace.LOSS)));
    out.add(preset("rloo").with(kl(KlPlace.REWARD)));
    out.add(
        preset("grpo")
            .with(new OffPolicySettings(RatioReference.PROXIMAL, ImportanceWeight.FULL, 2, 0.1)));
    return out;
  }

  @Test
  void the_same_updates_from_the_same_state_give_the_same_bits() {
    for (AlgorithmSettings settings : List.of(preset("grpo"), preset("ppo"))) {
      List<String> hashes = new ArrayList<>();
      for (int run = 0; run < 2; run++) {
        try (PolicyUpdater updater = updater(settings)) {
          updater.warmUp(EXAMPLES, 1);
          updater.resetOptimizer();
          updater.update(GROUPS, 1, Samples.VERSION);
          updater.update(GROUPS, 2, Samples.VERSION + 1);
          hashes.add(updater.weightsSha256() + updater.optimizerSha256());
        }
      }
      assertThat(hashes.get(1)).as(settings.name()).isEqualTo(hashes.get(0));
    }
  }

  @Test
  void training_goes_on_after_a_load_as_if_it_had_not_stopped(@TempDir Path directory) {
    for (AlgorithmSettings settings :
        List.of(preset("grpo").with(kl(KlPlace.LOSS)), preset("ppo"), shared())) {
      Path saved = directory.resolve(settings.name() + settings.hashCode());
      String expected;
      try (PolicyUpdater updater = updater(settings)) {
        updater.warmUp(EXAMPLES, 1);
        updater.update(GROUPS, 1, Samples.VERSION);
        updater.save(saved);
        String weights = updater.weightsSha256();
        updater.update(GROUPS, 2, Samples.VERSION);
        expected = updater.weightsSha256() + updater.optimizerSha256();
        assertThat(updater.weightsSha256()).isNotEqualTo(weights);
      }
      try (PolicyUpdater updater = updater(settings)) {
        updater.load(saved);
        updater.update(GROUPS, 2, Samples.VERSION);
        assertThat(updater.weightsSha256() + updater.optimizerSha256())
            .as(settings.name())
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void what_learns_stands_still_until_it_is_said_that_it_may_change() {
    for (AlgorithmSettings settings : List.of(preset("grpo"), preset("ppo"))) {
      try (PolicyUpdater updater = updater(settings)) {
        List<String> seen = new ArrayList<>();
        updater.beforeChange(() -> seen.add(updater.weightsSha256()));
        String start = updater.weightsSha256();
        updater.warmUp(EXAMPLES, 1);
        assertThat(seen).containsExactly(start);
        String warm = updater.weightsSha256();
        updater.update(GROUPS, 1, Samples.VERSION);

        assertThat(seen.get(1)).isEqualTo(warm);
        assertThat(seen).hasSizeGreaterThan(2).doesNotHaveDuplicates();
      }
    }
  }

  @Test
  void a_state_of_another_model_is_refused(@TempDir Path directory) {
    DecoderWeights other =
        DecoderWeights.random(
            Samples.CPU, DecoderConfig.llama(17, 16, 1, 4, 2, 24, 32), Initialisation.SCALED, 1);
    try (PolicyUpdater small = new PolicyUpdater(other, preset("grpo"), SftSettings.defaults(), 1);
        PolicyUpdater updater = updater(preset("grpo"))) {
      small.save(directory);
      String before = updater.weightsSha256();

      assertThatThrownBy(() -> updater.load(directory)).isInstanceOf(CheckpointException.class);
      assertThat(updater.weightsSha256()).isEqualTo(before);
    }
  }

  @Test
  void micro_batches_change_neither_loss_nor_gradient_nor_any_other_figure() {
    for (AlgorithmSettings settings : everyPreset()) {
      List<UpdateReport> reports = new ArrayList<>();
      for (int tokens : new int[] {60, 100_000}) {
        try (PolicyUpdater updater = updater(settings.with(new BatchSettings(1, 0, tokens)))) {
          reports.add(updater.update(Samples.stale(GROUPS, 0.3), 1, Samples.VERSION));
        }
      }
      Map<String, Double> whole = new TreeMap<>(reports.getLast().metrics());
      whole.remove(UpdateMetrics.SECONDS);
      assertThat(whole).containsKeys(UpdateMetrics.LOSS, UpdateMetrics.GRAD_NORM);
      whole.forEach(
          (name, expected) ->
              assertThat(reports.getFirst().get(name))
                  .as("%s %s", settings.name(), name)
                  .isCloseTo(expected, within(2e-6 + 2e-5 * Math.abs(expected))));
    }
  }

  @Test
  void a_refused_update_leaves_weights_and_optimizer_exactly_as_they_were() {
    for (AlgorithmSettings settings : List.of(preset("dr-grpo"), preset("ppo"), shared())) {
      try (PolicyUpdater updater = updater(settings)) {
        updater.update(GROUPS, 1, Samples.VERSION);
        String before = updater.weightsSha256() + updater.optimizerSha256();
        List<TrainingGroup> poisoned = new ArrayList<>(GROUPS);
        TrainingGroup last = poisoned.removeLast();
        List<TrainingSample> samples = new ArrayList<>(last.samples());
        TrainingSample sample = samples.removeLast();
        samples.add(Samples.sample(sample.tokens(), sample.behaviour(), 1e300));
        poisoned.add(new TrainingGroup("poisoned", last.prompt(), samples));

        for (int update = 2; update < 6; update++) {
          int now = update;
          assertThatThrownBy(() -> updater.update(poisoned, now, Samples.VERSION))
              .isInstanceOf(RefusedUpdateException.class)
              .hasMessageContaining("update refused");
          assertThat(updater.weightsSha256() + updater.optimizerSha256()).isEqualTo(before);
        }
        // And it goes on as one that never saw them.
        updater.update(GROUPS, 2, Samples.VERSION);
        String after = updater.weightsSha256();
        try (PolicyUpdater clean = updater(settings)) {
          clean.update(GROUPS, 1, Samples.VERSION);
          clean.update(GROUPS, 2, Samples.VERSION);
          assertThat(after).isEqualTo(clean.weightsSha256());
        }
      }
    }
  }

  @Test
  void a_first_update_refused_leaves_no_trace() {
    AlgorithmSettings settings =
        preset("dr-grpo").with(kl(KlPlace.LOSS)).with(new BatchSettings(1, 0, 4096));
    TrainingGroup group = GROUPS.getFirst();
    List<TrainingSample> samples = new ArrayList<>(group.samples());
    samples.set(0, Samples.sample(new int[] {1}, new float[] {-1}, 1e300));
    try (PolicyUpdater updater = updater(settings)) {
      String before = updater.weightsSha256() + updater.optimizerSha256();
      assertThatThrownBy(
              () -> updater.update(List.of(new TrainingGroup("t", group.prompt(), samples)), 1, 5))
          .isInstanceOf(RefusedUpdateException.class);
      assertThat(updater.weightsSha256() + updater.optimizerSha256()).isEqualTo(before);
    }
  }

  @Test
  void every_algorithm_raises_what_is_rewarded_and_lowers_the_rest() {
    double before;
    try (DecoderWeights weights = Samples.weights()) {
      before = margin(weights);
    }
    for (AlgorithmSettings settings : everyPreset()) {
      try (PolicyUpdater updater = updater(settings)) {
        for (int update = 1; update <= 3; update++) {
          updater.update(GROUPS, update, update);
        }
        assertThat(margin(updater.weights())).as(settings.name()).isGreaterThan(before);
      }
    }
  }

  // Mean log-probability of the answers with the best reward of their group less that of the
  // others.
  private static double margin(DecoderWeights weights) {
    double out = 0;
    try (var scorer = PolicyTrainer.frozen(weights, TrainSettings.of(17))) {
      for (TrainingGroup group : GROUPS) {
        double mean =
            group.samples().stream().mapToDouble(TrainingSample::reward).average().orElseThrow();
        for (TrainingSample sample : group.samples()) {
          float[] l =
              scorer
                  .score(TokenBatch.of(List.of(ScoredTokens.of(group.prompt(), sample.tokens()))))
                  .logProbs();
          for (float x : l) {
            out += (sample.reward() - mean) * x / l.length;
          }
        }
      }
    }
    return out;
  }

  @Test
  void the_warm_start_makes_its_answers_likely() {
    try (PolicyUpdater updater = updater(preset("grpo"))) {
      double first = updater.warmUp(EXAMPLES, 1).get(UpdateMetrics.LOSS);
      UpdateReport report = null;
      for (int update = 2; update <= 40; update++) {
        report = updater.warmUp(EXAMPLES, update);
      }
      assertThat(report.get(UpdateMetrics.LOSS)).isLessThan(first / 2);
      assertThat(report.get(UpdateMetrics.ROWS)).isEqualTo(6);
    }
  }

  @Test
  void what_cannot_be_trained_on_is_refused_by_name() {
    try (PolicyUpdater updater = updater(preset("grpo"))) {
      assertThatThrownBy(() -> updater.update(List.of(), 1, 1))
          .hasMessage("an update needs at least one group");
      assertThatThrownBy(() -> updater.update(GROUPS, 0, 1))
          .hasMessage("updates count from 1, this is 0");
      TrainingGroup empty =
          new TrainingGroup(
              "run/7/3", new int[] {1}, List.of(Samples.sample(new int[0], new float[0], 1)));
      assertThatThrownBy(() -> updater.update(List.of(empty), 1, 1))
          .hasMessage("group run/7/3 cannot be trained on: empty-completion");
    }
  }

  @Test
  void memory_of_updates_is_given_back() {
    AlgorithmSettings settings = preset("ppo").with(kl(KlPlace.LOSS));
    long before = Scope.openScopes();
    try (PolicyUpdater updater = updater(settings)) {
      updater.update(GROUPS, 1, 1);
      long open = Scope.openScopes();
      updater.update(GROUPS, 2, 2);
      assertThat(Scope.openScopes()).isEqualTo(open);
    }
    assertThat(Scope.openScopes()).isEqualTo(before);
  }
}
