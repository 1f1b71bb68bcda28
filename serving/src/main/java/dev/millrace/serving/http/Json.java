package dev.millrace.serving.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import java.io.IOException;

/** Reads and writes the JSON of the API. */
final class Json {

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static String write(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A JSON tree can be written", e);
    }
  }

  /**
   * Reads a JSON object.
   *
   * @throws Refusal 400 naming the line and column where it is none
   */
  static JsonNode readObject(byte[] body) {
    JsonNode node;
    try {
      node = MAPPER.readTree(body);
    } catch (JsonProcessingException e) {
      throw Refusal.invalid(null, "The body is not valid JSON: " + where(e));
    } catch (IOException e) {
      throw Refusal.invalid(null, "The body is not valid UTF-8 JSON.");
    }
    if (node == null || !node.isObject()) {
      throw Refusal.invalid(null, "The body has to be a JSON object.");
    }
    return node;
  }

  private static String where(JsonProcessingException e) {
    String what = e.getOriginalMessage().lines().findFirst().orElse("it cannot be read");
    String brief = what.length() > 200 ? what.substring(0, 200) + "…" : what;
    return e.getLocation() == null
        ? brief
        : "%s (line %d, column %d)"
            .formatted(brief, e.getLocation().getLineNr(), e.getLocation().getColumnNr());
  }
}
