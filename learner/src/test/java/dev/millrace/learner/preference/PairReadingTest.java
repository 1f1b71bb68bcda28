package dev.millrace.learner.preference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.Feedback;
import dev.millrace.contracts.avro.Message;
import dev.millrace.learner.preference.PairsFrom.FromFeedback;
import dev.millrace.runtime.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pairs as they are written down, and as readers leave them behind. */
class PairReadingTest {

  private static final List<Message> ASKED = List.of(new Message("user", "2+2="));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'prompt': '2+2=', 'chosen': '4', 'rejected': '5'}",
        "{'prompt': [{'role': 'user', 'content': '2+2='}], 'chosen': '4', 'rejected': '5', 'id':"
            + " 7}",
        "{'chosen': [{'role': 'user', 'content': '2+2='}, {'role': 'assistant', 'content': '4'}],"
            + " 'rejected': [{'role': 'user', 'content': '2+2='}, {'role': 'assistant', 'content':"
            + " '5'}]}",
        "{'prompt': 'ignored, since the conversation says more', 'rejected': [{'role': 'user',"
            + " 'content': '2+2='}, {'role': 'assistant', 'content': '5'}], 'chosen': [{'role':"
            + " 'user', 'content': '2+2='}, {'role': 'assistant', 'content': '4'}]}",
        "{'prompt': '2+2=', 'chosen': [{'role': 'assistant', 'content': '4'}], 'rejected': '5'}",
      })
  void pairs_are_read_in_the_forms_that_data_sets_have(String line) {
    assertThat(PairLines.parse(line.replace('\'', '"'))).isEqualTo(new TextPair(ASKED, "4", "5"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'prompt': 'a', 'chosen': 'b'}|'rejected' is missing",
        "{'chosen': 'a', 'rejected': 'b'}|'prompt' is missing",
        "{'prompt': 1, 'chosen': 'a', 'rejected': 'b'}|'prompt' must be a text or a list",
        "{'prompt': 'a', 'chosen': [], 'rejected': 'b'}|'chosen' must be a text or a list",
        "{'prompt': 'a', 'chosen': [{'role': 'user', 'content': 'x'}], 'rejected': 'b'}|not"
            + " 'assistant'",
        "{'prompt': 'a', 'rejected': 'b', 'chosen': [{'role': 'user', 'content': 'x'}, {'role':"
            + " 'assistant', 'content': 'y'}]}|different prompts",
        "{'prompt'|not JSON",
      })
  void a_line_that_is_no_pair_is_named_with_what_is_wrong(
      String line, String message, @TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("pairs.jsonl"),
            ("{'prompt': 'a', 'chosen': 'b', 'rejected': 'c'}\n\n" + line).replace('\'', '"'));
    List<TextPair> read = new ArrayList<>();
    assertThatThrownBy(() -> PairLines.read(file, read::add))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("pairs.jsonl:3: ")
        .hasMessageContaining(message);
    assertThat(read).hasSize(1);
  }

  @Test
  void a_file_that_is_not_there_is_named(@TempDir Path folder) {
    assertThatThrownBy(() -> PairLines.read(folder.resolve("none.jsonl"), pair -> {}))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("none.jsonl");
  }

  private static Feedback said(String id, String prompt, String chosen, String rejected) {
    return new Feedback(
        "c", id, "policy", 3L, List.of(new Message("user", prompt)), chosen, rejected, null, 0L);
  }

  @Test
  void a_judgement_with_a_better_answer_is_a_pair_and_thumbs_of_one_prompt_make_some() {
    var settings = new FromFeedback(List.of(), true);
    List<Feedback> all =
        List.of(
            said("m1", "2+2=", "4", "5"),
            said("m2", "1+1=", "2", null),
            said("m3", "1+1=", null, "3"),
            said("m4", "1+1=", null, "1"),
            said("m5", "1+1=", null, "1"),
            said("m6", "9+9=", "18", null));
    List<Message> ones = List.of(new Message("user", "1+1="));
    assertThat(FeedbackPairs.of(all, settings))
        .containsExactly(
            new TextPair(ASKED, "4", "5"),
            new TextPair(ones, "2", "3"),
            new TextPair(ones, "2", "1"));
    assertThat(FeedbackPairs.of(all, new FromFeedback(List.of(), false)))
        .containsExactly(new TextPair(ASKED, "4", "5"));
    assertThat(FeedbackPairs.of(all, new FromFeedback(List.of("other"), true))).isEmpty();
  }

  @Test
  void what_a_reader_said_last_of_an_answer_counts() {
    var settings = new FromFeedback(null, null);
    List<Feedback> all =
        List.of(
            said("m1", "2+2=", "5", null),
            said("m2", "2+2=", "4", null),
            said("m1", "2+2=", null, "5"));
    assertThat(FeedbackPairs.of(all, settings)).containsExactly(new TextPair(ASKED, "4", "5"));
  }
}
