package dev.millrace.models.tokenizer;

import static dev.millrace.models.tokenizer.ChatInput.message;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.models.checkpoint.ModelDirectory;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Templates in the style of four families; what they must print was worked out by hand. */
class ChatTemplateFamiliesTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-07-04T12:00:00Z"), ZoneOffset.UTC);

  private static final List<Map<String, Object>> TALK =
      List.of(
          message("system", "Be brief."),
          message("user", " Hi! "),
          message("assistant", "Hello."),
          message("user", "2+2?"));

  private static String source(String family) {
    try (InputStream in =
        ChatTemplateFamiliesTest.class.getResourceAsStream(family + "-style.jinja")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ChatTemplate template(String family) {
    return ChatTemplate.of(source(family), Map.of("bos_token", "<s>", "eos_token", "</s>"), CLOCK);
  }

  private static ChatInput withoutPrompt(List<Map<String, Object>> messages) {
    return new ChatInput(messages, List.of(), false, Map.of());
  }

  private static Map<String, Object> map(Object... pairs) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put((String) pairs[i], pairs[i + 1]);
    }
    return map;
  }

  private static final Map<String, Object> ADD =
      map(
          "type",
          "function",
          "function",
          map("name", "add", "parameters", map("type", "object", "properties", map())));

  private static Map<String, Object> call() {
    return map(
        "role",
        "assistant",
        "content",
        null,
        "tool_calls",
        List.of(map("function", map("name", "add", "arguments", map("a", 1, "b", 2.0)))));
  }

  @Test
  void llama3() {
    assertThat(template("llama3").render(ChatInput.of(TALK)))
        .isEqualTo(
            "<s><|start_header_id|>system<|end_header_id|>\n\nToday: 04 Jul 2026\n\nBe brief."
                + "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\nHello.<|eot_id|>"
                + "<|start_header_id|>user<|end_header_id|>\n\n2+2?<|eot_id|>"
                + "<|start_header_id|>assistant<|end_header_id|>\n\n");
    assertThat(
            template("llama3")
                .render(withoutPrompt(TALK.subList(1, 2)).withOption("date_string", "26 Jul 2024")))
        .isEqualTo(
            "<s><|start_header_id|>system<|end_header_id|>\n\nToday: 26 Jul 2024\n\n<|eot_id|>"
                + "<|start_header_id|>user<|end_header_id|>\n\nHi!<|eot_id|>");
  }

  @Test
  void llama3_with_tools() {
    List<Map<String, Object>> messages =
        List.of(message("user", "1+2?"), call(), message("tool", "3"));
    assertThat(template("llama3").render(new ChatInput(messages, List.of(ADD), true, Map.of())))
        .isEqualTo(
            "<s><|start_header_id|>system<|end_header_id|>\n\n"
                + "Environment: ipython\n"
                + "Today: 04 Jul 2026\n\n"
                + "Functions:\n\n"
                + "{\n"
                + "    \"type\": \"function\",\n"
                + "    \"function\": {\n"
                + "        \"name\": \"add\",\n"
                + "        \"parameters\": {\n"
                + "            \"type\": \"object\",\n"
                + "            \"properties\": {}\n"
                + "        }\n"
                + "    }\n"
                + "}\n\n"
                + "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n"
                + "1+2?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
                + "{\"name\": \"add\", \"parameters\": {\"a\": 1, \"b\":"
                + " 2.0}}<|eot_id|><|start_header_id|>ipython<|end_header_id|>\n\n"
                + "3<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n");
  }

  @Test
  void llama3_refuses_two_calls_at_once() {
    Map<String, Object> twice = call();
    Object one = ((List<?>) twice.get("tool_calls")).getFirst();
    twice.put("tool_calls", List.of(one, one));
    assertThatThrownBy(() -> template("llama3").render(withoutPrompt(List.of(twice))))
        .isInstanceOf(TokenizerException.class)
        .hasMessageEndingWith("refuses the messages: one tool call at a time");
  }

  @Test
  void qwen25() {
    assertThat(template("qwen25").render(ChatInput.of(TALK)))
        .isEqualTo(
            "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n Hi! <|im_end|>\n"
                + "<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\n2+2?<|im_end|>\n"
                + "<|im_start|>assistant\n");
    assertThat(template("qwen25").render(withoutPrompt(TALK.subList(3, 4))))
        .isEqualTo(
            "<|im_start|>system\nYou are helpful.<|im_end|>\n"
                + "<|im_start|>user\n2+2?<|im_end|>\n");
  }

  @Test
  void qwen25_with_tools() {
    List<Map<String, Object>> messages =
        List.of(message("user", "1+2?"), call(), message("tool", "3"), message("tool", "three"));
    assertThat(template("qwen25").render(new ChatInput(messages, List.of(ADD), true, Map.of())))
        .isEqualTo(
            "<|im_start|>system\nYou are helpful.\n\n# Tools\n<tools>\n"
                + "{\"type\": \"function\", \"function\": {\"name\": \"add\", \"parameters\":"
                + " {\"type\": \"object\", \"properties\": {}}}}\n</tools><|im_end|>\n"
                + "<|im_start|>user\n1+2?<|im_end|>\n"
                + "<|im_start|>assistant\n<tool_call>\n"
                + "{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": 2.0}}\n</tool_call>"
                + "<|im_end|>\n<|im_start|>user\n<tool_response>\n3\n</tool_response>"
                + "\n<tool_response>\nthree\n</tool_response><|im_end|>\n"
                + "<|im_start|>assistant\n");
  }

  @Test
  void qwen3_with_and_without_thinking() {
    List<Map<String, Object>> messages =
        List.of(
            message("user", "1+1?"),
            message("assistant", "<think>\neasy\n</think>\n\n2"),
            message("user", "2+2?"));
    String talk =
        "<|im_start|>user\n1+1?<|im_end|>\n<|im_start|>assistant\n2<|im_end|>\n"
            + "<|im_start|>user\n2+2?<|im_end|>\n";
    ChatInput input = ChatInput.of(messages);
    String open = talk + "<|im_start|>assistant\n";
    assertThat(template("qwen3").render(input)).isEqualTo(open);
    assertThat(template("qwen3").render(input.withOption("enable_thinking", true))).isEqualTo(open);
    assertThat(template("qwen3").render(input.withOption("enable_thinking", false)))
        .isEqualTo(open + "<think>\n\n</think>\n\n");
  }

  @Test
  void qwen3_keeps_the_thoughts_of_the_last_answer() {
    List<Map<String, Object>> messages =
        List.of(message("system", "S"), message("user", "2+2?"), message("assistant", ""));
    messages.get(2).put("content", "<think>\ntwo and two\n</think>\n\n4");
    assertThat(template("qwen3").render(withoutPrompt(messages)))
        .isEqualTo(
            "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\n2+2?<|im_end|>\n"
                + "<|im_start|>assistant\n<think>\ntwo and two\n</think>\n\n4<|im_end|>\n");
    messages.get(2).put("content", "4");
    messages.get(2).put("reasoning_content", "hm");
    assertThat(template("qwen3").render(withoutPrompt(messages)))
        .endsWith("<|im_start|>assistant\n<think>\nhm\n</think>\n\n4<|im_end|>\n");
  }

  @Test
  void mistral() {
    assertThat(template("mistral").render(ChatInput.of(TALK)))
        .isEqualTo("<s>[INST]  Hi! [/INST] Hello.</s>[INST] Be brief.\n\n2+2?[/INST]");
    assertThat(
            template("mistral")
                .render(
                    new ChatInput(
                        TALK.subList(3, 4),
                        List.of(
                            map(
                                "function",
                                map(
                                    "name",
                                    "f",
                                    "return",
                                    "x",
                                    "parameters",
                                    map("a", List.of())))),
                        true,
                        Map.of())))
        .isEqualTo(
            "<s>[AVAILABLE_TOOLS] [{\"type\": \"function\", \"function\": {\"name\": \"f\","
                + " \"parameters\": {\"a\": []}}}][/AVAILABLE_TOOLS][INST] 2+2?[/INST]");
  }

  @Test
  void mistral_refuses_roles_out_of_turn() {
    assertThatThrownBy(
            () -> template("mistral").render(ChatInput.of(List.of(TALK.get(1), TALK.get(3)))))
        .isInstanceOf(TokenizerException.class)
        .hasMessageContaining("conversation roles must alternate user/assistant");
  }

  @TempDir Path directory;

  @Test
  void the_template_of_a_model_is_found_in_either_place() throws Exception {
    Files.writeString(directory.resolve("config.json"), "{}");
    assertThat(ChatTemplate.open(ModelDirectory.open(directory))).isEmpty();

    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        """
        {"bos_token": {"content": "<b>", "special": true}, "eos_token": null,
         "chat_template": [{"name": "rag", "template": "no"},
                           {"name": "default", "template": "{{ bos_token }}{{ messages[0].content }}"}]}
        """);
    ChatInput input = ChatInput.of(TALK.subList(3, 4));
    assertThat(ChatTemplate.open(ModelDirectory.open(directory)).orElseThrow().render(input))
        .isEqualTo("<b>2+2?");

    Files.writeString(directory.resolve("chat_template.jinja"), "{{ bos_token }}!\n");
    assertThat(ChatTemplate.open(ModelDirectory.open(directory)).orElseThrow().render(input))
        .isEqualTo("<b>!");
  }
}
