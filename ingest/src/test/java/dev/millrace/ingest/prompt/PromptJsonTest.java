package dev.millrace.ingest.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.ingest.DocumentJson.OtherFields;
import dev.millrace.ingest.IngestException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PromptJsonTest {

  private static Prompt read(PromptJson json, String text) {
    byte[] bytes = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return json.read(bytes, 0, bytes.length, () -> "line-7");
  }

  private static Prompt strict(String text) {
    return read(
        new PromptJson(PromptFields.DEFAULT, PromptDefaults.NONE, OtherFields.REFUSED), text);
  }

  @Test
  void all_fields_are_taken() {
    Prompt prompt =
        strict(
            "{'id': 'p1', 'text': '37+45=', 'answer': '82', 'reward_profile': 'numeric',"
                + " 'tags': ['sums', 'easy'], 'metadata': {'source': 'me', 'n': 3},"
                + " 'held_out': true}");
    assertThat(prompt.getId()).isEqualTo("p1");
    assertThat(prompt.getMessages()).containsExactly(new Message("user", "37+45="));
    assertThat(prompt.getAnswer()).isEqualTo("82");
    assertThat(prompt.getRewardProfile()).isEqualTo("numeric");
    assertThat(prompt.getTags()).containsExactly("sums", "easy");
    assertThat(prompt.getMetadata()).containsEntry("source", "me").containsEntry("n", "3");
    assertThat(prompt.getHeldOut()).isTrue();
  }

  @Test
  void messages_and_numbers_as_answers_are_taken() {
    Prompt prompt =
        strict(
            "{'messages': [{'role': 'system', 'content': 'Be brief.'},"
                + " {'role': 'user', 'content': 'Two?'}], 'answer': 2, 'reward_profile': 'exact'}");
    assertThat(prompt.getId()).isEqualTo("line-7");
    assertThat(prompt.getMessages()).extracting(Message::getRole).containsExactly("system", "user");
    assertThat(prompt.getAnswer()).isEqualTo("2");
    assertThat(prompt.getHeldOut()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "[]|not a JSON object but array",
        "{'text'|not JSON:",
        "{'reward_profile': 'exact'}|'text' and 'messages' are both missing",
        "{'text': ' ', 'reward_profile': 'exact'}|prompt line-7 has no text",
        "{'messages': [], 'reward_profile': 'exact'}|prompt line-7 has no text and no messages",
        "{'text': 'a', 'messages': [], 'reward_profile': 'exact'}|exclude each other",
        "{'text': 'a'}|'reward_profile' is missing: by what shall answers be judged?",
        "{'text': 'a', 'reward_profile': 'a b'}|reward profile 'a b' may hold letters",
        "{'text': 'a', 'reward_profile': 'exact', 'anser': 1}|field 'anser' is not known; a prompt"
            + " may have answer,",
        "{'text': 3, 'reward_profile': 'exact'}|'text' must be a string, found number",
        "{'text': 'a', 'reward_profile': 'exact', 'answer': []}|'answer' must be a plain value",
        "{'text': 'a', 'reward_profile': 'exact', 'tags': [1]}|'tags' must be a list of strings",
        "{'text': 'a', 'reward_profile': 'exact', 'held_out': 1}|'held_out' must be true or false",
        "{'text': 'a', 'reward_profile': 'exact', 'id': ''}|a prompt's id must not be blank",
        "{'messages': [{'role': 'bot', 'content': 'a'}], 'reward_profile': 'x'}|role 'bot' is not"
            + " known",
        "{'messages': [{'role': 'assistant', 'content': 'a'}], 'reward_profile': 'x'}|nothing left"
            + " to answer",
        "{'messages': [{'role': 'user'}], 'reward_profile': 'x'}|objects with 'role' and 'content'",
      })
  void what_is_no_prompt_is_refused_in_one_line(String json, String message) {
    assertThatThrownBy(() -> strict(json))
        .isInstanceOf(IngestException.Invalid.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  @Test
  void data_set_keeps_its_own_fields() {
    var fields =
        new PromptFields(
            "uid", "question", "chat", "solution", Optional.of("####"), "topic", "judge", "test");
    var defaults =
        new PromptDefaults(
            Optional.of("Think."), Optional.of("numeric"), List.of("gsm8k"), new HeldOut(1));
    var json = new PromptJson(fields, defaults, OtherFields.METADATA);
    Prompt prompt =
        read(
            json,
            "{'uid': 12, 'question': 'How many?', 'solution': '1 #### no, 2\\n#### 3', 'topic':"
                + " 'maths', 'level': 4}");
    assertThat(prompt.getId()).isEqualTo("12");
    assertThat(prompt.getAnswer()).isEqualTo("3");
    assertThat(prompt.getMessages())
        .extracting(Message::getContent)
        .containsExactly("Think.", "How many?");
    assertThat(prompt.getTags()).containsExactly("gsm8k", "maths");
    assertThat(prompt.getMetadata()).containsEntry("level", "4");
    assertThat(prompt.getHeldOut()).isTrue();
    assertThat(read(json, "{'question': 'a', 'test': false}").getHeldOut()).isFalse();
    assertThatThrownBy(() -> read(json, "{'question': 'a', 'solution': '3'}"))
        .hasMessage("'solution' has no '####' in it");
  }

  @Test
  void held_out_share_is_met_and_grows_without_moving_anyone() {
    List<String> ids = IntStream.range(0, 10_000).mapToObj(i -> "train.jsonl#" + i).toList();
    var tenth = new HeldOut(0.1);
    var third = new HeldOut(0.3);
    assertThat(ids.stream().filter(tenth::contains).count()).isBetween(900L, 1_100L);
    assertThat(ids.stream().filter(tenth::contains)).allMatch(third::contains);
    assertThat(ids).noneMatch(HeldOut.NONE::contains).allMatch(new HeldOut(1)::contains);
    assertThatThrownBy(() -> new HeldOut(10)).hasMessageContaining("from 0 to 1: 10");
  }
}
