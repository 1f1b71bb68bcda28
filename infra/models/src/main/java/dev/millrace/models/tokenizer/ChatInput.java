package dev.millrace.models.tokenizer;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a chat template is rendered with.
 *
 * @param messages each with {@code role} and {@code content}, further fields as the template wants
 * @param tools JSON schemas of functions as maps, empty for none
 * @param addGenerationPrompt true to end where the assistant is to go on
 * @param options further variables, for example {@code enable_thinking}
 */
public record ChatInput(
    List<Map<String, Object>> messages,
    List<Map<String, Object>> tools,
    boolean addGenerationPrompt,
    Map<String, Object> options) {

  public ChatInput {
    messages = List.copyOf(messages);
    tools = List.copyOf(tools);
    options = Map.copyOf(options);
  }

  /** Messages only; ends where the assistant is to go on. */
  public static ChatInput of(List<Map<String, Object>> messages) {
    return new ChatInput(messages, List.of(), true, Map.of());
  }

  public ChatInput withOption(String name, Object value) {
    Map<String, Object> changed = new HashMap<>(options);
    changed.put(name, value);
    return new ChatInput(messages, tools, addGenerationPrompt, changed);
  }

  /** A message of text. */
  public static Map<String, Object> message(String role, String content) {
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }
}
