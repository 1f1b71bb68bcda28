package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.Message;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.tokenizer.TokenizerException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PolicyTextTest {

  private static final String TEMPLATE =
      "{% for m in messages %}{{ m.content }}+{% endfor %}"
          + "{% if add_generation_prompt %}={% endif %}";

  private static Message user(String text) {
    return new Message("user", text);
  }

  @Test
  void without_a_chat_template_contents_stand_one_after_the_other() {
    try (PolicyText text = PolicyText.open(Models.files(Models.TINY))) {
      int[] prompt = text.prompt(List.of(user("3"), user("7+45=")));

      assertThat(text.text(prompt)).isEqualTo("37+45=");
      assertThat(prompt).hasSize(6);
    }
  }

  @Test
  void a_chat_template_makes_the_prompt_where_there_is_one() {
    var files = Models.files(Models.TINY, Map.of("chat_template.jinja", TEMPLATE));
    try (PolicyText text = PolicyText.open(files)) {
      assertThat(text.text(text.prompt(List.of(user("3"), user("7"))))).isEqualTo("3+7+=");
    }
  }

  @Test
  void an_answer_ends_with_the_end_token() {
    try (PolicyText text = PolicyText.open(Models.files(Models.TINY))) {
      int end = text.tokenizer().requireId("<end>");

      assertThat(text.answer("82")).hasSize(3).endsWith(end);
      assertThat(text.answer("")).containsExactly(end);
      assertThat(text.stopTokens()).containsExactly(end);
      assertThat(text.text(text.answer("82"))).isEqualTo("82");
    }
  }

  @Test
  void end_tokens_come_as_one_number_or_as_several() {
    String one = "{\"eos_token_id\": 5}";
    String several = "{\"eos_token_id\": [5, 6]}";
    try (PolicyText text = open("generation_config.json", one)) {
      assertThat(text.stopTokens()).containsExactly(5, 1);
      assertThat(text.answer("")).as("the tokenizer says which one ends a turn").containsExactly(1);
    }
    try (PolicyText text = open("generation_config.json", several)) {
      assertThat(text.stopTokens()).containsExactly(5, 6, 1);
    }
    String bare = Models.CHARACTERS.config().deepCopy().without("eos_token").toString();
    var files =
        Models.files(
            Models.TINY, Map.of("generation_config.json", several, "tokenizer_config.json", bare));
    try (PolicyText text = PolicyText.open(files)) {
      assertThat(text.answer("")).containsExactly(5);
    }
  }

  @Test
  void config_json_is_asked_where_there_is_no_generation_config() {
    var config = dev.millrace.models.decoder.DecoderConfigJson.write(Models.TINY);
    config.put("eos_token_id", 7);
    try (PolicyText text = open("config.json", config.toString())) {
      assertThat(text.stopTokens()).containsExactly(7, 1);
    }
  }

  private static PolicyText open(String name, String content) {
    return PolicyText.open(Models.files(Models.TINY, Map.of(name, content)));
  }

  @Test
  void what_is_missing_or_does_not_fit_is_named() {
    var bare = new TreeMap<>(Models.files(Models.TINY).files());
    bare.remove("tokenizer.json");
    assertThatThrownBy(() -> PolicyText.open(new PolicyFiles(bare)))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("no tokenizer.json");

    var small = dev.millrace.models.decoder.DecoderConfig.llama(10, 64, 1, 4, 2, 64, 64);
    assertThatThrownBy(() -> PolicyText.open(Models.files(small)))
        .isInstanceOf(TokenizerException.class)
        .hasMessage("tokenizer.json of the policy has 16 tokens, its model 10 rows");

    assertThatThrownBy(() -> open("tokenizer.json", "{"))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("the policy's tokenizer.json")
        .hasMessageNotContaining(System.getProperty("java.io.tmpdir"));

    String endless = Models.CHARACTERS.config().deepCopy().without("eos_token").toString();
    try (PolicyText text = open("tokenizer_config.json", endless)) {
      assertThat(text.stopTokens()).isEmpty();
      assertThatThrownBy(() -> text.answer("1"))
          .isInstanceOf(TokenizerException.class)
          .hasMessageContaining("no end token");
    }
  }

  @Test
  void a_prompt_that_cannot_be_encoded_is_refused() {
    try (PolicyText text = PolicyText.open(Models.files(Models.TINY))) {
      assertThatThrownBy(() -> text.prompt(List.of(user("37*45="))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "character '*' (U+002A) is not in the vocabulary of the policy's tokenizer.json");
      assertThatThrownBy(() -> text.prompt(List.of()))
          .hasMessage("a prompt needs at least one message");
      assertThatThrownBy(() -> text.prompt(List.of(user(""))))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no text");
    }
  }

  @Test
  void names_that_would_leave_a_folder_are_refused() {
    byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
    for (String name : List.of("../x", "a/b", ".hidden", "")) {
      assertThatThrownBy(() -> new PolicyFiles(Map.of(ModelDirectory.CONFIG, config, name, config)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + name + "'");
    }
    assertThatThrownBy(() -> new PolicyFiles(Map.of())).hasMessageContaining("config.json");
  }
}
