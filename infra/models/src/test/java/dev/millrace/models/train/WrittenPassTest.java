package dev.millrace.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Families;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The way back that is written out against the one that autograd finds. */
class WrittenPassTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final LossFunction<TokenScores> MIXED =
      s -> s.logProbs().mul(-0.4f).add(s.entropy().mul(0.3f)).add(s.logProbs().square()).mean();

  @Test
  void gradients_and_scores_are_those_of_autograd_for_every_family() {
    Families.all()
        .forEach(
            (name, config) -> {
              int[] prompt = tokens(5, config, 1);
              List<ScoredTokens> sequences =
                  List.of(
                      ScoredTokens.of(prompt, tokens(6, config, 2)),
                      ScoredTokens.of(prompt, tokens(3, config, 3)),
                      ScoredTokens.of(tokens(9, config, 4), tokens(4, config, 5)));
              compare(name, config, sequences);
              compare(name + ", even", config, List.of(ScoredTokens.all(tokens(12, config, 6))));
            });
  }

  @Test
  void the_same_for_sequences_whose_scores_are_not_held_whole() {
    DecoderConfig plain = DecoderConfig.llama(61, 32, 2, 4, 2, 44, 300);
    List<ScoredTokens> sequences =
        List.of(
            ScoredTokens.all(tokens(260, plain, 1)),
            ScoredTokens.of(tokens(40, plain, 2), tokens(97, plain, 3)));
    compare("long", plain, sequences);
    DecoderConfig mistral =
        new DecoderConfig(
            "MistralForCausalLM",
            61,
            32,
            2,
            4,
            2,
            8,
            44,
            1e-6,
            300,
            10_000,
            plain.rope(),
            false,
            false,
            false,
            false,
            false,
            30,
            List.of(true, true),
            0.2);
    compare("long, window", mistral, sequences);
  }

  @Test
  void the_same_where_products_are_large_and_no_width_is_a_whole_number_of_blocks() {
    DecoderConfig wide = DecoderConfig.llama(1_003, 320, 1, 5, 5, 1_000, 300);
    List<ScoredTokens> sequences =
        List.of(
            ScoredTokens.all(tokens(261, wide, 1)),
            ScoredTokens.all(tokens(261, wide, 2)),
            ScoredTokens.all(tokens(255, wide, 3)));
    compare("wide", wide, sequences);
    try (DecoderWeights weights = DecoderWeights.random(CPU, wide, Initialisation.FLAT, 2);
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(wide.vocab()));
        Decoder decoder = Decoder.of(weights);
        Scope scope = Scope.open(CPU)) {
      int[] tokens = tokens(261, wide, 1);
      float[] scores = trainer.score(TokenBatch.of(sequences)).logProbs();
      float[] all = decoder.logits(scope, List.of(tokens)).logSoftmax(-1).toFloatArray();
      for (int t = 0; t < 260; t++) {
        assertThat(scores[t]).isCloseTo(all[t * wide.vocab() + tokens[t + 1]], within(2e-5f));
      }
    }
  }

  @Test
  void what_a_pass_keeps_is_freed_with_it() {
    DecoderConfig config = DecoderConfig.llama(61, 32, 2, 4, 2, 44, 64);
    TokenBatch batch = TokenBatch.of(List.of(ScoredTokens.all(tokens(12, config, 1))));
    try (DecoderWeights weights = DecoderWeights.random(CPU, config, Initialisation.FLAT, 1);
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(61))) {
      trainer.accumulate(batch, MIXED);
      long before = TensorList.open();
      trainer.accumulate(batch, MIXED);
      trainer.score(batch);
      assertThat(TensorList.open()).isEqualTo(before);
    }
  }

  private static void compare(String name, DecoderConfig config, List<ScoredTokens> sequences) {
    TokenBatch batch = TokenBatch.of(sequences);
    TrainSettings settings = TrainSettings.of(config.vocab());
    try (DecoderWeights weights = DecoderWeights.random(CPU, config, Initialisation.FLAT, 2)) {
      Map<String, float[]> written;
      float[] scores;
      try (PolicyTrainer trainer = PolicyTrainer.full(weights, settings)) {
        scores = trainer.score(batch).logProbs();
        written = PolicyTrainerTest.gradients(trainer, List.of(batch), MIXED);
      }
      try (PolicyTrainer trainer = PolicyTrainer.full(weights, settings.withCheckpointing(true))) {
        float[] recorded = trainer.score(batch).logProbs();
        for (int i = 0; i < scores.length; i++) {
          assertThat(scores[i]).as("%s, %d", name, i).isCloseTo(recorded[i], within(2e-5f));
        }
        PolicyTrainerTest.assertSame(
            written, PolicyTrainerTest.gradients(trainer, List.of(batch), MIXED));
      }
    }
  }

  private static int[] tokens(int n, DecoderConfig config, long seed) {
    return new SplittableRandom(seed).ints(n, 0, config.vocab()).toArray();
  }
}
