package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads an answer of the chat endpoint while it is made. */
final class AnswerStream {

  /** Hears of the answer's text as it comes. */
  interface Listener {

    void text(String delta);

    /** What the model thinks aloud, where it does; no part of the answer. */
    void reasoning(String delta);
  }

  private static final String DATA = "data:";
  private static final String DONE = "[DONE]";

  private AnswerStream() {}

  /**
   * Sends a request.
   *
   * @param request without {@code stream}
   * @return the whole answer
   * @throws CommandFailure if the answer breaks off
   */
  static Answer ask(Api api, ObjectNode request, Listener listener) {
    ObjectNode body = request.deepCopy().put("stream", true);
    StringBuilder text = new StringBuilder();
    List<Answer.Citation> citations = new ArrayList<>();
    try (InputStream in = api.stream("/v1/chat/completions", body);
        var lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String data = line.startsWith(DATA) ? line.substring(DATA.length()).strip() : "";
        if (data.equals(DONE)) {
          return new Answer(text.toString(), List.copyOf(citations));
        }
        if (!data.isEmpty()) {
          JsonNode delta = delta(Api.JSON.readTree(data));
          String piece = delta.path("content").asText("");
          if (!piece.isEmpty()) {
            text.append(piece);
            listener.text(piece);
          }
          if (delta.hasNonNull("reasoning_content")) {
            listener.reasoning(delta.path("reasoning_content").asText());
          }
          delta.path("citations").forEach(node -> citations.add(Answer.citation(node)));
        }
      }
    } catch (IOException e) {
      throw new CommandFailure("the answer broke off: " + e.getMessage(), e);
    }
    throw new CommandFailure("the answer broke off before its end");
  }

  private static JsonNode delta(JsonNode chunk) {
    JsonNode error = chunk.path("error").path("message");
    if (error.isTextual()) {
      throw new CommandFailure(error.textValue());
    }
    return chunk.path("choices").path(0).path("delta");
  }
}
