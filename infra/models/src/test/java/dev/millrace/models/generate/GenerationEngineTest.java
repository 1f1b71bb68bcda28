package dev.millrace.models.generate;

import static dev.millrace.models.generate.EngineFixture.alone;
import static dev.millrace.models.generate.EngineFixture.collect;
import static dev.millrace.models.generate.EngineFixture.greedy;
import static dev.millrace.models.generate.EngineFixture.letters;
import static dev.millrace.models.generate.EngineFixture.nan;
import static dev.millrace.models.generate.EngineFixture.request;
import static dev.millrace.models.generate.EngineFixture.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GenerationEngineTest {

  private static EngineFixture models;
  private static DecoderWeights weights;
  private static DecoderWeights others;

  @BeforeAll
  static void drawWeights() {
    models = new EngineFixture();
    weights = models.weights;
    others = models.others;
  }

  @AfterAll
  static void free() {
    models.close();
  }

  @Test
  void tokens_of_a_sequence_do_not_depend_on_its_neighbours() {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      requests.add(
          request("r" + i, tokens(1 + i % 9, i), 1, SamplingParams.sampled(100 + i, 5 + i % 13)));
    }
    try (GenerationEngine together = models.engine(8);
        GenerationEngine alone = models.engine(1)) {
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
    try (GenerationEngine engine = models.engine(8)) {
      SamplingParams params = SamplingParams.sampled(9, 12);
      List<GeneratedSequence> group = engine.run(List.of(request("g", tokens(11, 5), 6, params)));
      long promptTokens = engine.stats().promptTokens();

      assertThat(promptTokens).isEqualTo(11);
      assertThat(group.stream().map(s -> Arrays.toString(s.tokens())).distinct().count())
          .as("copies draw differently")
          .isGreaterThan(1);
      try (GenerationEngine wide = models.engine(2)) {
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
    try (GenerationEngine engine = models.engine(2)) {
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
    try (GenerationEngine engine = models.engine(2)) {
      // An offer before the first token: nothing is left of the old weights.
      engine.swap(others, 8);
      GeneratedSequence out = engine.run(List.of(request("a", prompt, 1, greedy(12)))).getFirst();
      assertThat(out.tokens()).isEqualTo(alone(others, prompt, 12));
      assertThat(out.versions()).containsOnly(8);
    }
  }

  @Test
  void stops_at_tokens_and_at_strings_and_at_the_context() {
    try (GenerationEngine engine =
        new GenerationEngine(weights, 7, GenerationSettings.of(2, 24), EngineFixture::letters)) {
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
  void cancelled_requests_leave_and_the_others_go_on() {
    try (GenerationEngine engine = models.engine(2)) {
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
        GenerationEngine engine = models.engine(2)) {
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
  void logits_that_overflow_cost_their_own_group_only() {
    int poison = 7;
    try (DecoderWeights broken = models.overflowingAfter(poison);
        GenerationEngine engine =
            new GenerationEngine(broken, 3, GenerationSettings.of(8, 96), null)) {
      List<GeneratedSequence> done = new ArrayList<>();
      List<RuntimeException> failed = new ArrayList<>();
      SamplingParams params = SamplingParams.greedy(6);
      LogitsMask healthy = EngineFixture.allBut(poison);
      engine.submit(
          new GenerationRequest("well", new int[] {1, 2, 3}, 2, params, healthy), collect(done));
      engine.submit(
          new GenerationRequest("ill", new int[] {1, 2, poison}, 2, params, healthy),
          collect(done, failed));
      engine.submit(
          new GenerationRequest("late", new int[] {4, 5}, 1, params, healthy), collect(done));
      while (engine.step()) {
        // to the end
      }

      assertThat(failed).singleElement().isInstanceOf(NonFiniteLogitsException.class);
      assertThat(failed.getFirst()).hasMessageContaining("request ill under version 3");
      assertThat(done).extracting(GeneratedSequence::requestId).containsOnly("well", "late");
      assertThat(done).hasSize(3).allSatisfy(sequence -> assertThat(sequence.tokens()).hasSize(6));
      assertThat(engine.idle()).isTrue();
    }
  }

  @Test
  void bad_requests_are_refused_with_a_reason() {
    try (GenerationEngine engine = models.engine(2)) {
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
    try (GenerationEngine engine = models.engine(4)) {
      engine.run(List.of(request("a", tokens(3, 3), 4, greedy(5))));
      engine.swap(others, 8);
      engine.swap(others, 9);
    }
    assertThat(Scope.openScopes()).isEqualTo(scopes);
    assertThat(TensorList.open()).isEqualTo(lists);
  }
}
