package dev.millrace.models.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Families;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import dev.millrace.models.script.Precision;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GenerationEngineTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();
  private static final DecoderConfig CONFIG = DecoderConfig.llama(40, 32, 2, 4, 2, 48, 96);
  private static DecoderWeights weights;
  private static DecoderWeights others;

  @BeforeAll
  static void drawWeights() {
    weights = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 3);
    others = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, 4);
    // A random head is nearly uniform; sharpen it so that choices mean something.
    for (DecoderWeights w : List.of(weights, others)) {
      w.get("lm_head.weight").muli(40);
    }
  }

  @AfterAll
  static void free() {
    weights.close();
    others.close();
  }

  @Test
  void cached_generation_equals_the_uncached_model() {
    try (GenerationEngine engine = engine(4);
        Decoder decoder = Decoder.of(weights);
        Scope scope = Scope.open(CPU)) {
      int[] prompt = tokens(7, 1);

      GeneratedSequence out = engine.run(List.of(request("a", prompt, 1, greedy(20)))).getFirst();

      int[] all = concat(prompt, out.tokens());
      float[] logits = decoder.logits(scope, List.of(all)).toFloatArray();
      for (int i = 0; i < 20; i++) {
        float[] row = row(logits, prompt.length - 1 + i);
        assertThat(argmax(row)).isEqualTo(out.tokens()[i]);
        assertThat((double) out.modelLogProbs()[i])
            .isCloseTo(logSoftmax(row, out.tokens()[i], 1), within(2e-4));
      }
      assertThat(out.finish()).isEqualTo(Finish.MAX_TOKENS);
      assertThat(out.logProbs()).containsOnly(0);
    }
  }

  @Test
  void tokens_of_a_sequence_do_not_depend_on_its_neighbours() {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      requests.add(
          request("r" + i, tokens(1 + i % 9, i), 1, SamplingParams.sampled(100 + i, 5 + i % 13)));
    }
    try (GenerationEngine together = engine(8);
        GenerationEngine alone = engine(1)) {
      List<GeneratedSequence> batched = together.run(requests);
      List<GeneratedSequence> single = alone.run(requests);

      for (int i = 0; i < requests.size(); i++) {
        assertThat(batched.get(i).tokens()).as("request %d", i).isEqualTo(single.get(i).tokens());
        for (int t = 0; t < batched.get(i).tokens().length; t++) {
          assertThat(batched.get(i).logProbs()[t])
              .isCloseTo(single.get(i).logProbs()[t], within(1e-4f));
        }
      }
    }
  }

  @Test
  void a_group_shares_its_prompt_and_equals_single_requests_with_the_same_draws() {
    try (GenerationEngine engine = engine(8)) {
      SamplingParams params = SamplingParams.sampled(9, 12);
      List<GeneratedSequence> group = engine.run(List.of(request("g", tokens(11, 5), 6, params)));
      long promptTokens = engine.stats().promptTokens();

      assertThat(promptTokens).isEqualTo(11);
      assertThat(group.stream().map(s -> Arrays.toString(s.tokens())).distinct().count())
          .as("copies draw differently")
          .isGreaterThan(1);
      try (GenerationEngine wide = engine(2)) {
        // Two slots: the group goes in three waves, each with its own prompt computation.
        List<GeneratedSequence> waves = wide.run(List.of(request("g", tokens(11, 5), 6, params)));
        for (int i = 0; i < 6; i++) {
          assertThat(waves.get(i).tokens()).isEqualTo(group.get(i).tokens());
        }
        assertThat(wide.stats().promptTokens()).isEqualTo(33);
      }
    }
  }

  @Test
  void new_weights_take_effect_at_exactly_the_next_token() {
    int[] prompt = tokens(5, 2);
    try (GenerationEngine engine = engine(2)) {
      List<GeneratedSequence> done = new ArrayList<>();
      engine.submit(request("a", prompt, 1, greedy(12)), collect(done));
      for (int i = 0; i < 5; i++) {
        engine.step();
      }
      engine.swap(others, 8);
      while (engine.step()) {
        // to the end
      }

      GeneratedSequence out = done.getFirst();
      assertThat(out.versions()).containsExactly(7, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 8);
      assertThat(Arrays.copyOf(out.tokens(), 5)).isEqualTo(alone(weights, prompt, 5));
      assertThat(out.tokens()).isNotEqualTo(alone(weights, prompt, 12));
    }
    try (GenerationEngine engine = engine(2)) {
      // An offer before the first token: nothing is left of the old weights.
      engine.swap(others, 8);
      GeneratedSequence out = engine.run(List.of(request("a", prompt, 1, greedy(12)))).getFirst();
      assertThat(out.tokens()).isEqualTo(alone(others, prompt, 12));
      assertThat(out.versions()).containsOnly(8);
    }
  }

  @Test
  void log_probabilities_are_those_of_the_distribution_that_was_drawn_from() {
    SamplingParams params =
        SamplingParams.sampled(4, 15).withTemperature(0.7).withFilters(6, 0.9, 0.02);
    try (GenerationEngine engine = engine(3);
        Decoder decoder = Decoder.of(weights);
        Scope scope = Scope.open(CPU)) {
      int[] prompt = tokens(6, 8);
      GeneratedSequence out = engine.run(List.of(request("a", prompt, 1, params))).getFirst();

      float[] logits = decoder.logits(scope, List.of(concat(prompt, out.tokens()))).toFloatArray();
      for (int i = 0; i < out.tokens().length; i++) {
        float[] row = row(logits, prompt.length - 1 + i);
        double[] kept = FilterOracle.distribution(row, 0.7, 6, 0.9, 0.02);
        assertThat(kept[out.tokens()[i]]).isPositive();
        assertThat((double) out.logProbs()[i])
            .isCloseTo(Math.log(kept[out.tokens()[i]]), within(1e-3));
        assertThat((double) out.modelLogProbs()[i])
            .isCloseTo(logSoftmax(row, out.tokens()[i], 1), within(1e-3));
      }
    }
  }

  @Test
  void draws_follow_the_distribution() {
    int[] prompt = tokens(4, 6);
    int n = 4000;
    try (GenerationEngine engine = engine(500);
        Decoder decoder = Decoder.of(weights);
        Scope scope = Scope.open(CPU)) {
      int[] counts = new int[CONFIG.vocab()];
      engine.run(List.of(request("a", prompt, n, SamplingParams.sampled(1, 1)))).stream()
          .forEach(s -> counts[s.tokens()[0]]++);

      float[] row = row(decoder.logits(scope, List.of(prompt)).toFloatArray(), prompt.length - 1);
      for (int t = 0; t < counts.length; t++) {
        double p = Math.exp(logSoftmax(row, t, 1));
        double sigma = Math.sqrt(p * (1 - p) * n);
        assertThat((double) counts[t]).as("token %d", t).isCloseTo(p * n, within(5 * sigma + 1));
      }
    }
  }

  @Test
  void repetition_penalty_meets_prompt_and_answer() {
    SamplingParams params = greedy(20).withRepetitionPenalty(1e6);
    int[] prompt = tokens(6, 8);
    try (GenerationEngine engine = engine(3)) {
      // A neighbour without a penalty came first, before there was any memory of tokens.
      engine.submit(request("plain", tokens(3, 3), 1, greedy(30)), collect(new ArrayList<>()));
      engine.step();
      GeneratedSequence out = engine.run(List.of(request("a", prompt, 1, params))).getFirst();

      int[] all = concat(Arrays.stream(prompt).distinct().toArray(), out.tokens());
      assertThat(Arrays.stream(all).distinct().count()).isEqualTo(all.length);
    }
  }

  @Test
  void a_mask_decides_what_may_follow() {
    LogitsMask even =
        generated -> {
          BitSet allowed = new BitSet();
          IntStream.iterate(generated.length % 2, t -> t < CONFIG.vocab(), t -> t + 2)
              .forEach(allowed::set);
          return allowed;
        };
    try (GenerationEngine engine = engine(3)) {
      SamplingParams params = SamplingParams.sampled(2, 10);
      List<GeneratedSequence> out =
          engine.run(
              List.of(
                  new GenerationRequest("masked", tokens(4, 1), 2, params, even),
                  request("free", tokens(4, 1), 1, params)));

      for (int i = 0; i < 10; i++) {
        assertThat(out.get(0).tokens()[i] % 2).isEqualTo(i % 2);
        assertThat(out.get(0).logProbs()[i]).isGreaterThan(out.get(0).modelLogProbs()[i]);
      }
      assertThat(out.get(2).logProbs()[3]).isCloseTo(out.get(2).modelLogProbs()[3], within(1e-5f));
    }
  }

  @Test
  void stops_at_tokens_and_at_strings_and_at_the_context() {
    try (GenerationEngine engine =
        new GenerationEngine(
            weights, 7, GenerationSettings.of(2, 24), GenerationEngineTest::letters)) {
      int[] prompt = tokens(5, 2);
      int[] free = alone(weights, prompt, 10);
      int stop = free[4];
      int first = IntStream.range(0, 10).filter(i -> free[i] == stop).findFirst().orElseThrow();
      String two = letters(Arrays.copyOfRange(free, 2, 4));

      GeneratedSequence token =
          engine
              .run(List.of(request("t", prompt, 1, greedy(10).withStops(Set.of(stop), List.of()))))
              .getFirst();
      GeneratedSequence string =
          engine
              .run(List.of(request("s", prompt, 1, greedy(10).withStops(Set.of(), List.of(two)))))
              .getFirst();
      GeneratedSequence full = engine.run(List.of(request("c", prompt, 1, greedy(99)))).getFirst();

      assertThat(token.finish()).isEqualTo(Finish.STOP_TOKEN);
      assertThat(token.tokens()).isEqualTo(Arrays.copyOf(free, first + 1));
      assertThat(string.finish()).isEqualTo(Finish.STOP_STRING);
      assertThat(letters(string.tokens())).endsWith(two);
      assertThat(full.finish()).isEqualTo(Finish.CONTEXT);
      assertThat(full.tokens()).hasSize(19);
    }
  }

  @Test
  void alternatives_are_the_most_likely_tokens_of_the_model() {
    try (GenerationEngine engine = engine(2)) {
      GeneratedSequence out =
          engine
              .run(List.of(request("a", tokens(3, 3), 2, greedy(4).withTopLogProbs(3))))
              .getFirst();

      assertThat(out.top()).hasSize(4);
      for (int i = 0; i < 4; i++) {
        assertThat(out.top().get(i)).hasSize(3);
        assertThat(out.top().get(i).getFirst().token()).isEqualTo(out.tokens()[i]);
        assertThat(out.top().get(i).getFirst().logProb())
            .isCloseTo(out.modelLogProbs()[i], within(1e-5f));
      }
    }
  }

  @Test
  void cancelled_requests_leave_and_the_others_go_on() {
    try (GenerationEngine engine = engine(2)) {
      List<GeneratedSequence> done = new ArrayList<>();
      engine.submit(request("a", tokens(3, 3), 1, greedy(50)), collect(done));
      engine.submit(request("b", tokens(4, 4), 1, greedy(10)), collect(done));
      engine.step();
      engine.step();
      engine.cancel("a");
      while (engine.step()) {
        // to the end
      }

      assertThat(done)
          .extracting(GeneratedSequence::finish)
          .containsExactly(Finish.CANCELLED, Finish.MAX_TOKENS);
      assertThat(done.get(1).tokens()).isEqualTo(alone(weights, tokens(4, 4), 10));
    }
  }

  @Test
  void weights_with_a_nan_are_refused_by_name_and_never_sampled_from() {
    try (DecoderWeights broken = weights.duplicate();
        GenerationEngine engine = engine(2)) {
      String name = "model.layers.1.mlp.up_proj.weight";
      broken.get(name).set(nan(broken.get(name).getShape().size()));

      assertThatThrownBy(() -> engine.swap(broken, 9))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(name)
          .hasMessageContaining("version 9");
      assertThat(
              engine.run(List.of(request("a", tokens(3, 3), 1, greedy(3)))).getFirst().versions())
          .containsOnly(7);
    }
  }

  @Test
  void bfloat16_comes_close_to_float32() {
    TorchRuntime half = CPU.withPrecision(Precision.BFLOAT16);
    for (DecoderConfig config : List.of(CONFIG, Families.all().get("qwen3"))) {
      try (DecoderWeights full = DecoderWeights.random(half, config, Initialisation.SCALED, 3);
          GenerationEngine engine =
              new GenerationEngine(full, 1, GenerationSettings.of(3, 96), null);
          PolicyTrainer exact = PolicyTrainer.full(full, TrainSettings.of(config.vocab()));
          PolicyTrainer rounded =
              PolicyTrainer.full(
                  full, TrainSettings.of(config.vocab()).withPrecision(Precision.BFLOAT16))) {
        List<GenerationRequest> requests =
            List.of(
                request("a", tokens(5, 1), 2, SamplingParams.sampled(3, 12)),
                request("b", tokens(9, 2), 1, SamplingParams.sampled(4, 12)));
        for (GeneratedSequence answer : engine.run(requests)) {
          int[] prompt = answer.requestId().equals("a") ? tokens(5, 1) : tokens(9, 2);
          TokenBatch batch = TokenBatch.of(List.of(ScoredTokens.of(prompt, answer.tokens())));
          float[] expected = exact.score(batch).logProbs();
          float[] learner = rounded.score(batch).logProbs();
          for (int t = 0; t < expected.length; t++) {
            assertThat(answer.logProbs()[t]).isCloseTo(expected[t], within(0.1f));
            assertThat(learner[t]).isCloseTo(expected[t], within(0.1f));
          }
          rounded.accumulate(batch, s -> s.logProbs().mean().neg());
        }
        assertThat(rounded.parameters().gradientNorm()).isPositive().isFinite();
      }
    }
  }

  @Test
  void bad_requests_are_refused_with_a_reason() {
    try (GenerationEngine engine = engine(2)) {
      assertThatThrownBy(() -> engine.submit(request("long", tokens(96, 1), 1, greedy(1)), null))
          .hasMessageContaining("96 tokens leaves no room in the context of 96");
      assertThatThrownBy(() -> engine.submit(request("x", new int[] {40}, 1, greedy(1)), null))
          .hasMessageContaining("token id 40 is outside of the vocabulary of 40");
      assertThatThrownBy(() -> SamplingParams.greedy(1).withTemperature(-0.5))
          .hasMessageContaining("temperature must be >= 0, not -0.5");
      assertThatThrownBy(
              () ->
                  new GenerationEngine(
                      weights, 1, new GenerationSettings(64, 96, 96, 9, 1 << 20), null))
          .hasMessageContaining("lower slots or context");
    }
  }

  @Test
  void memory_is_returned_when_an_engine_closes() {
    long scopes = Scope.openScopes();
    long lists = TensorList.open();
    try (GenerationEngine engine = engine(4)) {
      engine.run(List.of(request("a", tokens(3, 3), 4, greedy(5))));
      engine.swap(others, 8);
      engine.swap(others, 9);
    }
    assertThat(Scope.openScopes()).isEqualTo(scopes);
    assertThat(TensorList.open()).isEqualTo(lists);
  }

  private static int[] alone(DecoderWeights weights, int[] prompt, int n) {
    try (GenerationEngine engine =
        new GenerationEngine(weights, 7, GenerationSettings.of(1, 96), null)) {
      return engine.run(List.of(request("alone", prompt, 1, greedy(n)))).getFirst().tokens();
    }
  }

  private static GenerationEngine engine(int slots) {
    return new GenerationEngine(weights, 7, GenerationSettings.of(slots, 96), null);
  }

  private static GenerationRequest request(String id, int[] prompt, int n, SamplingParams params) {
    return GenerationRequest.of(id, prompt, n, params);
  }

  private static SamplingParams greedy(int n) {
    return SamplingParams.greedy(n);
  }

  private static GenerationListener collect(List<GeneratedSequence> into) {
    return new GenerationListener() {
      @Override
      public void finished(GeneratedSequence sequence) {
        into.add(sequence);
      }

      @Override
      public void failed(String requestId, RuntimeException error) {
        throw error;
      }
    };
  }

  private static String letters(int[] tokens) {
    var text = new StringBuilder();
    for (int token : tokens) {
      text.append((char) ('A' + token));
    }
    return text.toString();
  }

  private static int[] tokens(int n, long seed) {
    return new SplittableRandom(seed).ints(n, 0, CONFIG.vocab()).toArray();
  }

  private static int[] concat(int[] a, int[] b) {
    return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
  }

  private static float[] row(float[] logits, int row) {
    return Arrays.copyOfRange(logits, row * CONFIG.vocab(), (row + 1) * CONFIG.vocab());
  }

  private static int argmax(float[] row) {
    return IntStream.range(0, row.length).reduce((a, b) -> row[b] > row[a] ? b : a).orElseThrow();
  }

  private static double logSoftmax(float[] row, int token, double temperature) {
    double sum = 0;
    for (float value : row) {
      sum += Math.exp(value / temperature);
    }
    return row[token] / temperature - Math.log(sum);
  }

  private static float[] nan(long n) {
    float[] out = new float[(int) n];
    out[out.length - 1] = Float.NaN;
    return out;
  }
}
