package dev.millrace.models.generate;

import static dev.millrace.models.generate.EngineFixture.CONFIG;
import static dev.millrace.models.generate.EngineFixture.CPU;
import static dev.millrace.models.generate.EngineFixture.argmax;
import static dev.millrace.models.generate.EngineFixture.collect;
import static dev.millrace.models.generate.EngineFixture.concat;
import static dev.millrace.models.generate.EngineFixture.greedy;
import static dev.millrace.models.generate.EngineFixture.logSoftmax;
import static dev.millrace.models.generate.EngineFixture.request;
import static dev.millrace.models.generate.EngineFixture.row;
import static dev.millrace.models.generate.EngineFixture.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Families;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import dev.millrace.models.script.Precision;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is drawn, and the probabilities that are told with it, against the uncached model. */
class SamplingTest {

  private static EngineFixture models;
  private static DecoderWeights weights;

  @BeforeAll
  static void drawWeights() {
    models = new EngineFixture();
    weights = models.weights;
  }

  @AfterAll
  static void free() {
    models.close();
  }

  @Test
  void cached_generation_equals_the_uncached_model() {
    try (GenerationEngine engine = models.engine(4);
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
  void log_probabilities_are_those_of_the_distribution_that_was_drawn_from() {
    SamplingParams params =
        SamplingParams.sampled(4, 15).withTemperature(0.7).withFilters(6, 0.9, 0.02);
    try (GenerationEngine engine = models.engine(3);
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
    try (GenerationEngine engine = models.engine(500);
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
    try (GenerationEngine engine = models.engine(3)) {
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
    try (GenerationEngine engine = models.engine(3)) {
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
  void alternatives_are_the_most_likely_tokens_of_the_model() {
    try (GenerationEngine engine = models.engine(2)) {
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
}
