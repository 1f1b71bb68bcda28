package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatBackend.Capability;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A request for a chat completion, checked. Fields that are not known are ignored; fields that ask
 * for what the backend cannot do are refused by name, so that nobody takes plain text for what they
 * asked for.
 *
 * @param includeUsage whether a stream ends with the number of tokens
 * @param debug whether the answer carries what retrieval did
 */
record ChatRequest(
    ChatBackend backend, ChatTurn turn, boolean stream, boolean includeUsage, boolean debug) {

  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool", "function");
  private static final int MOST_MESSAGES = 2_000;
  private static final int MOST_STOPS = 16;

  static ChatRequest read(
      JsonNode body, Caller caller, dev.millrace.serving.chat.Backends backends) {
    Fields fields = new Fields(body);
    String model =
        fields
            .text("model")
            .orElseThrow(() -> Refusal.invalid("model", "'model' is missing: name a model."));
    ChatBackend backend = backends.named(model);
    List<ChatMessage> messages = messages(fields);
    if (messages.stream().noneMatch(m -> m.role().equals("user") && !m.content().isBlank())) {
      throw Refusal.invalid("messages", "There is no message of the user with text.");
    }
    checkAbilities(fields, backend);
    fields.decimal("temperature", 0, 2);
    fields.decimal("top_p", 0, 1);
    boolean stream = fields.flag("stream");
    boolean usage =
        fields
            .any("stream_options")
            .map(
                options -> {
                  if (!stream) {
                    throw Refusal.invalid(
                        "stream_options", "'stream_options' goes with 'stream': true only.");
                  }
                  if (!options.isObject()) {
                    throw Refusal.invalid(
                        "stream_options", "'stream_options' has to be an object.");
                  }
                  return new Fields(options).flag("include_usage");
                })
            .orElse(false);
    ChatTurn turn =
        new ChatTurn(
            messages,
            caller,
            fields.mode("search_mode"),
            fields.filters("filters"),
            limits(fields));
    return new ChatRequest(backend, turn, stream, usage, fields.flag("debug"));
  }

  private static List<ChatMessage> messages(Fields fields) {
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

  private static ChatMessage message(JsonNode message, String at) {
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

  private static String content(JsonNode content, String role, String at) {
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
      } else if (!(type.equals("refusal") && role.equals("assistant"))) {
        throw Refusal.unsupported(
            at + "[" + i + "]",
            "'%s[%d]' is a part of type '%s': only text is understood here."
                .formatted(at, i, Fields.brief(type)));
      }
    }
    return String.join("\n", texts);
  }

  private static void checkAbilities(Fields fields, ChatBackend backend) {
    if (fields.integer("n", 1, 128).orElse(1) > 1) {
      throw Refusal.unsupported("n", "'" + backend.id() + "' gives one answer: 'n' has to be 1.");
    }
    boolean logprobs = fields.flag("logprobs") || fields.any("top_logprobs").isPresent();
    need(!logprobs, Capability.LOGPROBS, backend, "logprobs");
    String format =
        fields.any("response_format").map(f -> f.path("type").asText("")).orElse("text");
    need(format.equals("text"), Capability.JSON, backend, "response_format");
    // tools that may be used need not be; only a demand to use one cannot be met
    boolean mayAnswer =
        fields
            .any("tool_choice")
            .map(c -> c.isTextual() && !c.textValue().equals("required"))
            .orElse(true);
    need(mayAnswer, Capability.TOOLS, backend, "tool_choice");
  }

  private static void need(boolean plain, Capability ability, ChatBackend backend, String param) {
    if (!plain && !backend.capabilities().contains(ability)) {
      throw Refusal.unsupported(
          param, "The model '%s' does not support '%s'.".formatted(backend.id(), param));
    }
  }

  private static ChatTurn.Limits limits(Fields fields) {
    OptionalInt newer = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    OptionalInt older = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
    int most = newer.orElse(older.orElse(Integer.MAX_VALUE));
    return new ChatTurn.Limits(most, fields.any("stop").map(ChatRequest::stops).orElse(List.of()));
  }

  private static List<String> stops(JsonNode stop) {
    List<String> stops = new ArrayList<>();
    if (stop.isTextual()) {
      stops.add(stop.textValue());
    } else if (stop.isArray() && stop.size() <= MOST_STOPS) {
      stop.forEach(s -> stops.add(s.isTextual() ? s.textValue() : ""));
    } else {
      stops.add("");
    }
    if (stops.stream().anyMatch(String::isEmpty)) {
      throw Refusal.invalid(
          "stop",
          "'stop' has to be a string or at most %d strings, none of them empty."
              .formatted(MOST_STOPS));
    }
    return stops;
  }
}
