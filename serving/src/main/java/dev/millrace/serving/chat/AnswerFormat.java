package dev.millrace.serving.chat;

import com.fasterxml.jackson.databind.JsonNode;

/** What shape an answer has to have. */
public sealed interface AnswerFormat {

  /** Whatever the model writes. */
  record Text() implements AnswerFormat {}

  /** A JSON object, whatever is in it. */
  record JsonObject() implements AnswerFormat {}

  /** JSON that a schema accepts. */
  record JsonSchema(String name, JsonNode schema) implements AnswerFormat {}

  static AnswerFormat text() {
    return new Text();
  }
}
