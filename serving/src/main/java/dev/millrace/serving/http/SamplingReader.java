package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.AnswerFormat;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatBackend.Capability;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Sampling;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Reads how a request wants its answer drawn, ended and shaped. What its backend cannot do is
 * refused by name, so that nobody takes plain text for what they asked for.
 */
final class SamplingReader {

  private static final int MOST_STOPS = 16;
  private static final int MOST_CHOICES = 128;
  private static final int MOST_ALTERNATIVES = 20;

  private final Fields fields;
  private final ChatBackend backend;

  SamplingReader(Fields fields, ChatBackend backend) {
    this.fields = fields;
    this.backend = backend;
  }

  Sampling sampling() {
    int choices = fields.integer("n", 1, MOST_CHOICES).orElse(1);
    if (choices > 1 && !can(Capability.CHOICES)) {
      throw Refusal.unsupported("n", "'" + backend.id() + "' gives one answer: 'n' has to be 1.");
    }
    boolean logprobs = fields.flag("logprobs");
    int top = fields.integer("top_logprobs", 0, MOST_ALTERNATIVES).orElse(0);
    need(!logprobs && top == 0, Capability.LOGPROBS, "logprobs");
    if (top > 0 && !logprobs && !can(Capability.ANYTHING)) {
      throw Refusal.invalid("top_logprobs", "'top_logprobs' goes with 'logprobs': true only.");
    }
    plainOnly();
    return new Sampling(
        fields.decimal("temperature", 0, 2),
        fields.decimal("top_p", 0, 1),
        fields.integer("top_k", -1, Integer.MAX_VALUE).orElse(0),
        fields.decimal("min_p", 0, 1).orElse(0),
        fields.decimal("repetition_penalty", 0.01, 100).orElse(1),
        fields.whole("seed").map(OptionalLong::of).orElseGet(OptionalLong::empty),
        choices,
        logprobs,
        top);
  }

  /** Fields that would change what is drawn, and that are not done here, must change nothing. */
  private void plainOnly() {
    if (!can(Capability.SAMPLING) || can(Capability.ANYTHING)) {
      return;
    }
    for (String penalty : List.of("frequency_penalty", "presence_penalty")) {
      if (fields.decimal(penalty, -2, 2).orElse(0) != 0) {
        throw Refusal.unsupported(
            penalty, "'%s' has to be 0 for '%s'.".formatted(penalty, backend.id()));
      }
    }
    if (fields.any("logit_bias").filter(bias -> !bias.isEmpty()).isPresent()) {
      throw Refusal.unsupported(
          "logit_bias", "The model '%s' does not support 'logit_bias'.".formatted(backend.id()));
    }
  }

  AnswerFormat format() {
    if (fields.any("response_format").isEmpty()) {
      return AnswerFormat.text();
    }
    JsonNode given = fields.any("response_format").get();
    String type = given.path("type").asText("");
    if (type.equals("text")) {
      return AnswerFormat.text();
    }
    need(false, Capability.JSON, "response_format");
    if (type.equals("json_object")) {
      return new AnswerFormat.JsonObject();
    }
    if (!type.equals("json_schema")) {
      throw Refusal.invalid(
          "response_format.type",
          "'response_format.type' is one of text, json_object, json_schema; not '%s'."
              .formatted(Fields.brief(type)));
    }
    JsonNode described = given.path("json_schema");
    JsonNode schema = described.path("schema");
    if (!schema.isObject() && !schema.isBoolean()) {
      throw Refusal.invalid(
          "response_format.json_schema.schema",
          "'response_format.json_schema.schema' has to be a JSON schema.");
    }
    return new AnswerFormat.JsonSchema(described.path("name").asText("schema"), schema);
  }

  /** Tools that may be used need not be; only a demand to use one cannot be met. */
  void checkTools() {
    boolean mayAnswer =
        fields
            .any("tool_choice")
            .map(c -> c.isTextual() && !c.textValue().equals("required"))
            .orElse(true);
    need(mayAnswer, Capability.TOOLS, "tool_choice");
  }

  ChatTurn.Limits limits() {
    OptionalInt newer = fields.integer("max_completion_tokens", 1, Integer.MAX_VALUE);
    OptionalInt older = fields.integer("max_tokens", 1, Integer.MAX_VALUE);
    int most = newer.orElse(older.orElse(Integer.MAX_VALUE));
    return new ChatTurn.Limits(most, fields.any("stop").map(this::stops).orElse(List.of()));
  }

  private List<String> stops(JsonNode stop) {
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

  private void need(boolean plain, Capability ability, String param) {
    if (!plain && !can(ability)) {
      throw Refusal.unsupported(
          param, "The model '%s' does not support '%s'.".formatted(backend.id(), param));
    }
  }

  private boolean can(Capability ability) {
    return backend.capabilities().contains(ability);
  }
}
