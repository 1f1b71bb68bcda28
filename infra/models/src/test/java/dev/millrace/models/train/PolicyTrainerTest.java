package dev.millrace.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.Precision;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PolicyTrainerTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final DecoderConfig CONFIG = DecoderConfig.llama(23, 16, 2, 4, 2, 20, 32);

  /**
   * A family with everything that has a gradient: biases, per-head norms, a tied head, a window.
   */
  private static final DecoderConfig RICH =
      new DecoderConfig(
          "Qwen3ForCausalLM",
          23,
          16,
          3,
          4,
          2,
          6,
          20,
          1e-6,
          32,
          10_000,
          CONFIG.rope(),
          true,
          true,
          true,
          true,
          true,
          4,
          List.of(true, false, true),
          0.2);

  private static final LossFunction<TokenScores> MIXED =
      s -> s.logProbs().mul(-0.4f).add(s.entropy().mul(0.3f)).add(s.logProbs().square()).mean();

  @Test
  void scores_are_log_softmax_of_the_logits() {
    for (DecoderConfig config : List.of(CONFIG, RICH)) {
      try (DecoderWeights weights = weights(config);
          Decoder decoder = Decoder.of(weights);
          PolicyTrainer trainer =
              PolicyTrainer.full(weights, settings().withTemperature(0.8).withHeadRows(3));
          Scope scope = Scope.open(CPU)) {
        int[] tokens = tokens(12, 1);

        Scores scores = trainer.score(TokenBatch.of(List.of(ScoredTokens.all(tokens))));

        float[] logits = decoder.logits(scope, List.of(tokens)).toFloatArray();
        for (int t = 1; t < tokens.length; t++) {
          double sum = 0;
          for (int v = 0; v < 23; v++) {
            sum += Math.exp(logits[(t - 1) * 23 + v] / 0.8);
          }
          double entropy = 0;
          for (int v = 0; v < 23; v++) {
            double p = Math.exp(logits[(t - 1) * 23 + v] / 0.8) / sum;
            entropy -= p * Math.log(p);
          }
          double expected = logits[(t - 1) * 23 + tokens[t]] / 0.8 - Math.log(sum);
          assertThat((double) scores.logProbs()[t - 1]).isCloseTo(expected, within(1e-4));
          assertThat((double) scores.entropy()[t - 1]).isCloseTo(entropy, within(1e-4));
        }
      }
    }
  }

  @Test
  void gradients_agree_with_finite_differences() {
    for (boolean checkpointing : new boolean[] {false, true}) {
      for (DecoderConfig config : List.of(CONFIG, RICH)) {
        try (DecoderWeights weights = weights(config);
            PolicyTrainer trainer =
                PolicyTrainer.full(
                    weights,
                    settings()
                        .withPrecision(Precision.FLOAT64)
                        .withTemperature(0.9)
                        .withHeadRows(5)
                        .withCheckpointing(checkpointing))) {
          checkAgainstDifferences(trainer, batch());
        }
      }
    }
  }

  @Test
  void gradients_of_an_adapter_agree_with_finite_differences() {
    for (boolean checkpointing : new boolean[] {false, true}) {
      try (DecoderWeights weights = weights(RICH);
          Lora lora = shakenAdapter(weights);
          PolicyTrainer trainer =
              PolicyTrainer.lora(
                  weights,
                  lora,
                  settings().withPrecision(Precision.FLOAT64).withCheckpointing(checkpointing))) {
        checkAgainstDifferences(trainer, batch());
      }
    }
  }

  private static void checkAgainstDifferences(PolicyTrainer trainer, TokenBatch batch) {
    Map<String, float[]> gradients = gradients(trainer, List.of(batch), MIXED);
    var random = new SplittableRandom(4);
    for (String name : trainer.parameters().names()) {
      float[] gradient = gradients.get(name);
      PtNDArray tensor = trainer.parameters().tensor(name);
      int i = random.nextInt(gradient.length);
      if (name.equals("model.embed_tokens.weight")) {
        i = 16 * 3 + 1; // token 3 is in the batch
      }
      double h = 1.0 / 1024;
      double above = lossWith(trainer, batch, tensor, i, h);
      double below = lossWith(trainer, batch, tensor, i, -h);
      double expected = (above - below) / (2 * h);
      assertThat((double) gradient[i])
          .as(name)
          .isCloseTo(expected, within(2e-5 + 2e-4 * Math.abs(expected)));
    }
  }

  private static double lossWith(
      PolicyTrainer trainer, TokenBatch batch, PtNDArray tensor, int i, double h) {
    float[] before = tensor.toFloatArray();
    float[] changed = before.clone();
    changed[i] += (float) h;
    try {
      put(tensor, changed);
      // What this adds to the gradients does not matter: they were read before.
      return trainer.accumulate(batch, MIXED);
    } finally {
      put(tensor, before);
    }
  }

  private static void put(PtNDArray tensor, float[] values) {
    try (Scope scope = Scope.open(CPU);
        NDArray source = scope.floats(values, tensor.getShape().getShape())) {
      tensor.setRequiresGradient(false);
      source.copyTo(tensor);
      tensor.setRequiresGradient(true);
    }
  }

  @Test
  void packed_equals_padded_and_the_split_into_micro_batches_changes_nothing() {
    List<ScoredTokens> sequences =
        List.of(
            ScoredTokens.of(tokens(3, 1), tokens(6, 2)),
            ScoredTokens.of(tokens(8, 3), tokens(1, 4)),
            ScoredTokens.of(tokens(1, 5), tokens(14, 6)));
    int total = sequences.stream().mapToInt(ScoredTokens::count).sum();
    LossFunction<TokenScores> loss = s -> s.logProbs().square().sum().div(total);
    try (DecoderWeights weights = weights(RICH);
        PolicyTrainer trainer = PolicyTrainer.full(weights, settings())) {
      Map<String, float[]> packed = gradients(trainer, List.of(TokenBatch.of(sequences)), loss);
      Map<String, float[]> padded =
          gradients(trainer, List.of(new TokenBatch(sequences, TokenBatch.Layout.PADDED)), loss);
      Map<String, float[]> split = gradients(trainer, TokenBatch.split(sequences, 16), loss);

      assertThat(TokenBatch.split(sequences, 16)).hasSize(3);
      assertSame(padded, packed);
      assertSame(split, packed);
    }
  }

  @Test
  void answers_to_one_prompt_share_it_and_nothing_else_changes() {
    int[] prompt = tokens(7, 1);
    int[] other = prompt.clone();
    other[6] = (prompt[6] + 1) % 23;
    List<ScoredTokens> siblings =
        List.of(
            ScoredTokens.of(prompt, tokens(3, 2)),
            ScoredTokens.of(prompt, tokens(3, 3)),
            ScoredTokens.of(prompt, tokens(9, 4)),
            ScoredTokens.of(other, tokens(3, 5)),
            ScoredTokens.of(tokens(7, 6), tokens(1, 7)),
            ScoredTokens.of(prompt, tokens(3, 8)),
            ScoredTokens.of(prompt, tokens(3, 8)));
    LossFunction<TokenScores> loss = s -> s.logProbs().square().sum().add(s.entropy().sum());
    for (boolean checkpointing : new boolean[] {false, true}) {
      try (DecoderWeights weights = weights(RICH);
          PolicyTrainer trainer =
              PolicyTrainer.full(weights, settings().withCheckpointing(checkpointing))) {
        Map<String, float[]> shared = gradients(trainer, List.of(TokenBatch.of(siblings)), loss);
        Map<String, float[]> padded =
            gradients(trainer, List.of(new TokenBatch(siblings, TokenBatch.Layout.PADDED)), loss);
        assertSame(shared, padded);
        float[] packed = trainer.score(TokenBatch.of(siblings)).logProbs();
        float[] alone =
            trainer.score(new TokenBatch(siblings, TokenBatch.Layout.PADDED)).logProbs();
        assertThat(packed).containsExactly(alone, within(1e-5f));
      }
    }
    // 7 shared tokens of three, the two strangers, and 7 shared tokens of two; all answers.
    assertThat(SharedPrompts.of(siblings).total()).isEqualTo(7 + 7 + 7 + 7 + 25);
  }

  @Test
  void prompt_tokens_have_no_score_and_neighbours_no_influence() {
    ScoredTokens one = ScoredTokens.of(tokens(3, 1), tokens(6, 2));
    ScoredTokens two = ScoredTokens.of(tokens(8, 3), tokens(2, 4));
    try (DecoderWeights weights = weights(CONFIG);
        PolicyTrainer trainer = PolicyTrainer.full(weights, settings())) {
      float[] together = trainer.score(TokenBatch.of(List.of(one, two))).logProbs();
      float[] first = trainer.score(TokenBatch.of(List.of(one))).logProbs();
      float[] second = trainer.score(TokenBatch.of(List.of(two))).logProbs();

      assertThat(together).hasSize(8);
      for (int i = 0; i < 8; i++) {
        assertThat(together[i]).isCloseTo(i < 6 ? first[i] : second[i - 6], within(1e-5f));
      }
    }
  }

  @Test
  void activation_checkpointing_changes_no_gradient() {
    try (DecoderWeights weights = weights(RICH)) {
      Map<String, float[]> kept;
      try (PolicyTrainer trainer = PolicyTrainer.full(weights, settings())) {
        kept = gradients(trainer, List.of(batch()), MIXED);
      }
      try (PolicyTrainer trainer =
          PolicyTrainer.full(weights, settings().withCheckpointing(true))) {
        assertSame(gradients(trainer, List.of(batch()), MIXED), kept);
      }
    }
  }

  @Test
  void an_adapter_merged_equals_the_adapter_beside_the_weights() {
    try (DecoderWeights weights = weights(CONFIG);
        Lora lora = shakenAdapter(weights);
        PolicyTrainer beside = PolicyTrainer.lora(weights, lora, settings());
        DecoderWeights merged = lora.merged(weights);
        PolicyTrainer inside = PolicyTrainer.full(merged, settings());
        PolicyTrainer base = PolicyTrainer.full(weights.duplicate(), settings())) {
      float[] expected = inside.score(batch()).logProbs();
      float[] actual = beside.score(batch()).logProbs();
      float[] without = beside.scoreWithoutAdapter(batch()).logProbs();
      float[] reference = base.score(batch()).logProbs();

      assertThat(actual).isNotEqualTo(without);
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(1e-4f));
        assertThat(without[i]).isCloseTo(reference[i], within(1e-5f));
      }
    }
  }

  @Test
  void a_loss_that_is_no_number_is_refused_and_leaves_the_gradients_alone() {
    try (DecoderWeights weights = weights(CONFIG);
        PolicyTrainer trainer = PolicyTrainer.full(weights, settings())) {
      assertThatThrownBy(() -> trainer.accumulate(batch(), s -> s.logProbs().mul(Float.NaN).sum()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("the loss is NaN");
      assertThat(trainer.parameters().gradientNorm()).isZero();
      assertThat(trainer.accumulate(batch(), s -> s.manager().create(2f))).isEqualTo(2);
      assertThat(trainer.parameters().gradientNorm()).isZero();
    }
  }

  @Test
  void sequences_longer_than_the_context_are_refused() {
    try (DecoderWeights weights = weights(CONFIG);
        PolicyTrainer trainer = PolicyTrainer.full(weights, settings())) {
      assertThatThrownBy(
              () -> trainer.score(TokenBatch.of(List.of(ScoredTokens.all(tokens(33, 1))))))
          .hasMessageContaining("33 tokens exceeds the context of 32");
    }
  }

  static Map<String, float[]> gradients(
      PolicyTrainer trainer, List<TokenBatch> batches, LossFunction<TokenScores> loss) {
    trainer.parameters().zeroGradients();
    batches.forEach(batch -> trainer.accumulate(batch, loss));
    Map<String, float[]> out = new TreeMap<>();
    trainer
        .parameters()
        .names()
        .forEach(name -> out.put(name, trainer.parameters().gradient(name).toFloatArray()));
    return Collections.unmodifiableMap(out);
  }

  static void assertSame(Map<String, float[]> actual, Map<String, float[]> expected) {
    expected.forEach(
        (name, values) -> {
          for (int i = 0; i < values.length; i++) {
            assertThat(actual.get(name)[i])
                .as("%s[%d]", name, i)
                .isCloseTo(values[i], within(1e-5f + 1e-4f * Math.abs(values[i])));
          }
        });
  }

  private static Lora shakenAdapter(DecoderWeights weights) {
    Lora lora =
        Lora.create(
            weights,
            new Lora.Settings(3, 6, 0, Set.of("q_proj", "v_proj", "o_proj", "down_proj")),
            5);
    lora.tensors()
        .forEach(
            (name, tensor) -> {
              float[] values = new float[(int) tensor.getShape().size()];
              for (int i = 0; i < values.length; i++) {
                values[i] = 0.3f * (float) Math.sin(i + name.length());
              }
              tensor.set(values);
            });
    return lora;
  }

  private static TokenBatch batch() {
    return TokenBatch.of(
        List.of(
            ScoredTokens.of(new int[] {3, 7, 1}, tokens(6, 2)),
            ScoredTokens.of(tokens(5, 3), tokens(4, 4))));
  }

  private static DecoderWeights weights(DecoderConfig config) {
    DecoderWeights weights = DecoderWeights.random(CPU, config, Initialisation.FLAT, 2);
    var random = new SplittableRandom(3);
    try (Scope scope = Scope.open(CPU)) {
      for (PtNDArray tensor : weights.list()) {
        float[] noise = new float[(int) tensor.getShape().size()];
        for (int i = 0; i < noise.length; i++) {
          noise[i] = 0.2f * (float) random.nextGaussian();
        }
        tensor.addi(scope.floats(noise, tensor.getShape().getShape()));
      }
    }
    return weights;
  }

  private static TrainSettings settings() {
    return TrainSettings.of(23);
  }

  private static int[] tokens(int n, long seed) {
    return new SplittableRandom(seed).ints(n, 0, 23).toArray();
  }
}
