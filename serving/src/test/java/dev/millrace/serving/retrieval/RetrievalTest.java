package dev.millrace.serving.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetrievalTest {

  private final AtomicLong clock = new AtomicLong();
  private final Retrieval retrieval =
      new Retrieval(
          List.of(
              new Tick("first", true, 1), new Tick("always", false, 1), new Tick("wide", true, 4)),
          Set.of("first"),
          Map.of("magic", "it needs a wand"),
          () -> clock.getAndAdd(5_000));

  @Test
  void steps_that_are_on_run_in_their_order_and_are_timed() {
    List<StepTiming> timings = retrieval.run(asking(Map.of())).timings();
    assertThat(timings)
        .containsExactly(
            new StepTiming("first", 5, 0, "first of 3"),
            new StepTiming("always", 5, 0, "always of 3"));
  }

  @Test
  void request_switches_steps_on_and_off() {
    assertThat(ran(Map.of("first", false, "wide", true))).containsExactly("always", "wide");
    assertThat(ran(Map.of("always", false))).containsExactly("first", "always");
  }

  @Test
  void step_that_chooses_from_more_gets_more() {
    assertThat(retrieval.run(asking(Map.of("wide", true))).timings().getFirst().note())
        .isEqualTo("first of 12");
  }

  @Test
  void other_defaults_leave_the_first_pipeline_alone() {
    assertThat(
            retrieval.with(Set.of("wide")).run(asking(Map.of())).timings().stream()
                .map(StepTiming::step))
        .containsExactly("always", "wide");
    assertThat(ran(Map.of())).containsExactly("first", "always");
  }

  @Test
  void unknown_step_is_refused_with_the_names_there_are() {
    assertThatThrownBy(() -> ran(Map.of("telepathy", true)))
        .isInstanceOf(Refusal.class)
        .hasMessage("There is no retrieval step 'telepathy'; there are first, wide.");
  }

  @Test
  void step_that_cannot_run_says_what_it_needs_unless_it_is_to_be_off() {
    assertThatThrownBy(() -> ran(Map.of("magic", true))).hasMessageContaining("it needs a wand");
    assertThat(ran(Map.of("magic", false))).containsExactly("first", "always");
    assertThatThrownBy(() -> retrieval.with(Set.of("magic")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void wish_is_read_from_a_request() throws Exception {
    var json =
        new ObjectMapper()
            .readTree(
                """
                {"retrieval": {"steps": {"mmr": true, "rewrite": false}, "context_tokens": 99}}
                """);
    assertThat(RetrievalWish.in(json))
        .isEqualTo(new RetrievalWish(Map.of("mmr", true, "rewrite", false), OptionalInt.of(99)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"retrieval\": true}",
        "{\"retrieval\": {\"steps\": [\"mmr\"]}}",
        "{\"retrieval\": {\"steps\": {\"mmr\": \"yes\"}}}",
        "{\"retrieval\": {\"context_tokens\": 0}}",
        "{\"retrieval\": {\"context_tokens\": 1.5}}"
      })
  void wish_of_another_shape_is_refused(String request) throws Exception {
    var json = new ObjectMapper().readTree(request);
    assertThatThrownBy(() -> RetrievalWish.in(json)).isInstanceOf(Refusal.class);
  }

  private List<String> ran(Map<String, Boolean> steps) {
    return retrieval.run(asking(steps)).timings().stream().map(StepTiming::step).toList();
  }

  private static SearchRequest asking(Map<String, Boolean> steps) {
    return new SearchRequest("q", SearchMode.BM25, 3, Map.of(), false, Caller.ANONYMOUS)
        .within(List.of(), new RetrievalWish(steps, OptionalInt.empty()));
  }

  private record Tick(String name, boolean optional, int factor) implements RetrievalStep {
    @Override
    public Retrieved apply(Retrieved state) {
      return state.withNote(name + " of " + state.depth());
    }

    @Override
    public int depth(int limit) {
      return factor * limit;
    }
  }
}
