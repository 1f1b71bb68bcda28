package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Parses a stream of chat chunks and throws at everything that a strict client would. */
final class StrictSse {

  private static final ObjectMapper JSON = new ObjectMapper();

  final List<JsonNode> chunks = new ArrayList<>();
  final List<String> comments = new ArrayList<>();
  final List<JsonNode> scores = new ArrayList<>();
  final StringBuilder content = new StringBuilder();
  final StringBuilder reasoning = new StringBuilder();
  JsonNode error;
  JsonNode usage;
  String finish;
  boolean done;
  private String id;

  static StrictSse read(InputStream in) throws IOException {
    StrictSse parsed = new StrictSse();
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    List<String> event = new ArrayList<>();
    int b;
    while ((b = in.read()) >= 0) {
      if (b == '\r') {
        throw new IllegalStateException("a carriage return in the stream");
      }
      if (b != '\n') {
        line.write(b);
        continue;
      }
      String text = line.toString(StandardCharsets.UTF_8);
      line.reset();
      if (text.isEmpty()) {
        parsed.event(event);
        event.clear();
      } else {
        event.add(text);
      }
    }
    if (line.size() > 0 || !event.isEmpty()) {
      throw new IllegalStateException("the stream ends inside an event: " + line + event);
    }
    return parsed;
  }

  private void event(List<String> lines) throws IOException {
    if (done || error != null) {
      throw new IllegalStateException("an event after the end: " + lines);
    }
    if (lines.size() != 1) {
      throw new IllegalStateException("an event has one line, not " + lines);
    }
    String line = lines.get(0);
    if (line.startsWith(":")) {
      comments.add(line);
    } else if (line.equals("data: [DONE]")) {
      done = true;
      if (finish == null) {
        throw new IllegalStateException("done without a finish_reason");
      }
    } else if (line.startsWith("data: {")) {
      data(JSON.readTree(line.substring(6)));
    } else {
      throw new IllegalStateException("neither data nor comment: " + line);
    }
  }

  private void data(JsonNode chunk) {
    if (chunk.has("error")) {
      error = chunk.get("error");
      need(error.path("message").isTextual() && error.path("type").isTextual(), chunk);
      return;
    }
    need(chunk.path("object").asText().equals("chat.completion.chunk"), chunk);
    need(chunk.path("created").isIntegralNumber() && chunk.path("model").isTextual(), chunk);
    String its = chunk.path("id").asText();
    need(!its.isEmpty() && (id == null || id.equals(its)), chunk);
    id = its;
    JsonNode choices = chunk.path("choices");
    need(choices.isArray() && usage == null, chunk);
    if (chunk.hasNonNull("usage")) {
      need(choices.isEmpty() && finish != null, chunk);
      usage = chunk.get("usage");
    } else if (choices.isEmpty() && chunk.has("debug")) {
      need(finish != null, chunk);
    } else {
      need(choices.size() == 1, chunk);
      choice(choices.get(0), chunk);
    }
    chunks.add(chunk);
  }

  private void choice(JsonNode choice, JsonNode chunk) {
    need(finish == null, chunk);
    need(choice.path("index").isInt() && choice.path("delta").isObject(), chunk);
    need(choice.has("finish_reason"), chunk);
    JsonNode delta = choice.get("delta");
    if (chunks.isEmpty()) {
      need(delta.path("role").asText().equals("assistant"), chunk);
      need(delta.path("content").isTextual() && delta.path("content").asText().isEmpty(), chunk);
    }
    content.append(delta.path("content").asText(""));
    choice.path("logprobs").path("content").forEach(scores::add);
    reasoning.append(delta.path("reasoning_content").asText(""));
    if (!choice.get("finish_reason").isNull()) {
      finish = choice.get("finish_reason").textValue();
      need(List.of("stop", "length", "tool_calls", "content_filter").contains(finish), chunk);
    }
  }

  List<JsonNode> all(String field) {
    List<JsonNode> found = new ArrayList<>();
    chunks.forEach(c -> c.path("choices").path(0).path("delta").path(field).forEach(found::add));
    return found;
  }

  private static void need(boolean holds, JsonNode chunk) {
    if (!holds) {
      throw new IllegalStateException("a strict client refuses this chunk: " + chunk);
    }
  }
}
