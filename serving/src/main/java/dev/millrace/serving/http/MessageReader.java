package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Reads {@code messages}; refuses what is no message with 400 and its place. */
final class MessageReader {

  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool", "function");
  private static final int MOST_MESSAGES = 2_000;

  private final boolean otherParts;

  /**
   * @param otherParts whether parts that are not text are left to the backend; else refused
   */
  MessageReader(boolean otherParts) {
    this.otherParts = otherParts;
  }

  List<ChatMessage> read(Fields fields) {
    JsonNode given =
        fields
            .any("messages")
            .orElseThrow(() -> Refusal.invalid("messages", "'messages' is missing."));
    if (!given.isArray() || given.isEmpty() || given.size() > MOST_MESSAGES) {
      throw Refusal.invalid(
          "messages",
          "'messages' has to be an array of 1 to %d messages.".formatted(MOST_MESSAGES));
    }
    List<ChatMessage> messages = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      messages.add(message(given.get(i), "messages[" + i + "]"));
    }
    return messages;
  }

  private ChatMessage message(JsonNode message, String at) {
    if (!message.isObject()) {
      throw Refusal.invalid(at, "'" + at + "' has to be an object.");
    }
    JsonNode role = message.path("role");
    if (!role.isTextual() || !ROLES.contains(role.textValue())) {
      throw Refusal.invalid(
          at + ".role",
          "'%s.role' has to be system, developer, user, assistant or tool, not %s."
              .formatted(at, role.isMissingNode() ? "missing" : Fields.brief(role)));
    }
    return new ChatMessage(
        role.textValue(), content(message.path("content"), role.textValue(), at + ".content"));
  }

  private String content(JsonNode content, String role, String at) {
    if (content.isTextual()) {
      return content.textValue();
    }
    if (content.isNull() || content.isMissingNode()) {
      if (role.equals("assistant")) {
        return ""; // a message that only calls tools
      }
      throw Refusal.invalid(at, "'" + at + "' is missing.");
    }
    if (!content.isArray()) {
      throw Refusal.invalid(at, "'" + at + "' has to be a string or an array of parts.");
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < content.size(); i++) {
      JsonNode part = content.get(i);
      String type = part.path("type").asText("");
      if (type.equals("text") && part.path("text").isTextual()) {
        texts.add(part.path("text").textValue());
      } else if (!otherParts && !(type.equals("refusal") && role.equals("assistant"))) {
        throw Refusal.unsupported(
            at + "[" + i + "]",
            "'%s[%d]' is a part of type '%s': this model understands only text."
                .formatted(at, i, Fields.brief(type)));
      }
    }
    return String.join("\n", texts);
  }
}
