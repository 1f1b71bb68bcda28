package dev.millrace.learner.preference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.millrace.learner.algorithm.PairLoss;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import dev.millrace.models.train.ValueHead;
import dev.millrace.models.train.ValueScorer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A made task: of two answers, the one with more sevens is preferred. */
class PairTrainersTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final DecoderConfig CONFIG = DecoderConfig.llama(16, 32, 2, 4, 2, 48, 32);
  private static final int SEVEN = 7;

  private static List<PreferencePair> pairs(int n, long seed) {
    var random = new SplittableRandom(seed);
    List<PreferencePair> pairs = new ArrayList<>();
    while (pairs.size() < n) {
      int[] a = random.ints(6, 3, 13).toArray();
      int[] b = random.ints(6, 3, 13).toArray();
      long lead = sevens(a) - sevens(b);
      if (lead != 0) {
        int[] prompt = {1, 2 + random.nextInt(3)};
        pairs.add(lead > 0 ? new PreferencePair(prompt, a, b) : new PreferencePair(prompt, b, a));
      }
    }
    return pairs;
  }

  private static long sevens(int[] tokens) {
    return Arrays.stream(tokens).filter(token -> token == SEVEN).count();
  }

  @Test
  void a_reward_model_ranks_pairs_that_it_has_not_seen(@TempDir Path folder) {
    List<PreferencePair> heldOut = pairs(300, 2);
    var settings = new PairSettings(4, 32, 700, 3e-3, 10, 1, 0.1);
    try (DecoderWeights weights = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 3);
        ValueHead head = ValueHead.zero(CPU, CONFIG)) {
      try (var trainer = new RewardModelTrainer(weights, head)) {
        List<PairEpoch> epochs =
            new PairSteps(trainer, settings, 1)
                .run(pairs(1_000, 1), heldOut, new PairListener() {});
        assertThat(epochs).hasSize(4);
        assertThat(epochs.getLast().loss()).isLessThan(Math.log(2) / 2);
        assertThat(epochs.getLast().heldOutAccuracy()).isGreaterThan(0.9);
      }
      ValueScorer.save(weights, head, folder);
    }
    try (ValueScorer scorer = ValueScorer.open(CPU, folder)) {
      PreferencePair one = heldOut.getFirst();
      float[] values =
          scorer.score(
              List.of(
                  ValueScorer.atEnd(one.prompt(), one.chosen()),
                  ValueScorer.atEnd(one.prompt(), one.rejected())));
      assertThat(values[0]).isGreaterThan(values[1]);
    }
  }

  @Test
  void micro_batches_change_neither_loss_nor_weights_beyond_rounding() {
    double[] losses = new double[2];
    float[][] values = new float[2][];
    for (int i = 0; i < 2; i++) {
      var settings = new PairSettings(1, 32, i == 0 ? 100_000 : 40, 1e-3, 1, 1, 0.1);
      try (DecoderWeights weights = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 3);
          var trainer = new DpoTrainer(weights, settings)) {
        losses[i] =
            new PairSteps(trainer, settings, 1)
                .run(pairs(64, 1), List.of(), new PairListener() {})
                .getLast()
                .loss();
        values[i] =
            trainer.margins(
                trainer.rows(pairs(5, 2)).stream().map(PairTrainersTest::bare).toList());
      }
    }
    assertThat(losses[1]).isCloseTo(losses[0], within(1e-4));
    assertThat(values[1]).containsExactly(values[0], within(1e-2f));
  }

  private static PairTrainer.Row bare(PairTrainer.Row row) {
    return new PairTrainer.Row(row.pair(), 0);
  }

  @Test
  void dpo_moves_probability_from_rejected_to_chosen_answers() {
    List<PreferencePair> heldOut = pairs(200, 5);
    try (DecoderWeights weights = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 3)) {
      double before = ranked(weights, heldOut);
      var settings = new PairSettings(2, 32, 8192, 2e-3, 5, 1, 0.5);
      try (var trainer = new DpoTrainer(weights, settings)) {
        List<PairEpoch> epochs =
            new PairSteps(trainer, settings, 1).run(pairs(600, 4), heldOut, new PairListener() {});
        assertThat(epochs.getLast().heldOutAccuracy()).isGreaterThan(0.85);
      }
      assertThat(before).isLessThan(0.7);
      assertThat(ranked(weights, heldOut)).isGreaterThan(0.85);
    }
  }

  /** The share of pairs whose chosen answer is the likelier one. */
  private static double ranked(DecoderWeights weights, List<PreferencePair> pairs) {
    try (PolicyTrainer policy = PolicyTrainer.full(weights, TrainSettings.of(CONFIG.vocab()))) {
      int right = 0;
      for (PreferencePair pair : pairs) {
        right +=
            sum(policy, pair.prompt(), pair.chosen()) > sum(policy, pair.prompt(), pair.rejected())
                ? 1
                : 0;
      }
      return right / (double) pairs.size();
    }
  }

  private static double sum(PolicyTrainer policy, int[] prompt, int[] answer) {
    float[] logProbs =
        policy.score(TokenBatch.of(List.of(ScoredTokens.of(prompt, answer)))).logProbs();
    double sum = 0;
    for (float logProb : logProbs) {
      sum += logProb;
    }
    return sum;
  }

  @Test
  void the_loss_is_that_of_the_plain_formula_also_where_exp_overflows() {
    float[] margins = {0, 1, -2, 100, -100};
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      var zeros = manager.zeros(new Shape(margins.length));
      float[] losses = PairLoss.bradleyTerry(manager.create(margins), zeros).toFloatArray();
      float[] dpo =
          PairLoss.dpo(manager.create(margins), zeros, zeros, manager.create(margins), 0.5)
              .toFloatArray();
      for (int i = 0; i < margins.length; i++) {
        double margin = margins[i];
        double plain = margin < -50 ? -margin : Math.log1p(Math.exp(-margin));
        assertThat((double) losses[i]).isCloseTo(plain, within(1e-4));
        // l - f is the margin for the chosen answer and its negative for the other.
        assertThat((double) dpo[i]).isCloseTo(losses[i], within(1e-4));
      }
    }
  }

  @Test
  void bad_input_is_named() {
    assertThatThrownBy(() -> new PreferencePair(new int[] {1}, new int[0], new int[] {1}))
        .hasMessageContaining("chosen answer");
    assertThatThrownBy(() -> new PairSettings(1, 0, 8192, 1e-3, 0, 1, 0.1))
        .hasMessageContaining("batch is 0");
  }
}
