package dev.millrace.serving.retrieval.question;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.serving.retrieval.Query;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.retrieval.SearchMode;
import dev.millrace.serving.retrieval.States;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ExpansionTest {

  @Test
  void paraphrases_are_asked_beside_the_question() {
    Retrieved state =
        new MultiQuery(says("1. keep messages\n- retention of records\n\n* what?\n4) more"), 3)
            .apply(States.asked("what?"));
    assertThat(state.queries())
        .extracting(Query::text)
        .containsExactly("what?", "keep messages", "retention of records", "more");
    assertThat(state.queries().getFirst().weight()).isGreaterThan(state.queries().get(1).weight());
    assertThat(state.question()).isEqualTo("what?");
  }

  @Test
  void hypothetical_answer_is_used_for_its_vector_alone() {
    Retrieved state = new Hypothesis(says("Records are kept.")).apply(States.asked("kept?"));
    assertThat(state.queries().getLast().text()).isEqualTo("Records are kept.");
    assertThat(state.queries().getLast().mode()).isEqualTo(SearchMode.VECTORS);
  }

  @Test
  void broader_question_is_asked_too() {
    Retrieved state = new StepBack(says("How does storage work?")).apply(States.asked("where?"));
    assertThat(state.queries().getLast().text()).isEqualTo("How does storage work?");
  }

  @Test
  void question_is_looked_up_without_a_model_that_does_not_answer() {
    Completer silent = (instruction, input, tokens) -> Optional.empty();
    Retrieved asked = States.asked("where?");
    assertThat(new MultiQuery(silent, 3).apply(asked).queries()).hasSize(1);
    assertThat(new Hypothesis(silent).apply(asked).queries()).hasSize(1);
    assertThat(new StepBack(silent).apply(asked).queries()).hasSize(1);
    assertThat(new StepBack(silent).apply(asked).note()).isEqualTo("the model did not answer");
  }

  private static Completer says(String text) {
    return (instruction, input, tokens) -> Optional.of(text);
  }
}
