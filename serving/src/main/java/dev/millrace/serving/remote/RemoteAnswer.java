package dev.millrace.serving.remote;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.chat.ThinkTags;
import dev.millrace.serving.chat.TokenScore;
import dev.millrace.serving.chat.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Turns the other server's chunks, or its whole answer, into parts. Reasoning comes as a field of
 * its own or in {@code <think>} tags, depending on the server.
 */
final class RemoteAnswer {

  private final AnswerSink sink;
  private final boolean plain;
  private final Map<Integer, ThinkTags> tags = new HashMap<>();
  private final Set<Integer> ended = new HashSet<>();
  private Finish.Reason first;
  private Writer writer;
  private JsonNode usage;
  private int characters;

  /**
   * @param plain whether content may hold reasoning in tags; JSON does not
   */
  RemoteAnswer(AnswerSink sink, boolean plain) {
    this.sink = sink;
    this.plain = plain;
  }

  /** A chunk of a stream, or a whole answer: they differ in the name of one field. */
  void add(JsonNode object) {
    if (object.hasNonNull("error")) {
      throw RemoteFailure.inStream(object.get("error"));
    }
    if (object.path("usage").isObject()) {
      usage = object.get("usage");
    }
    writtenBy(object.path("model").asText(""));
    for (JsonNode choice : object.path("choices")) {
      int index = choice.path("index").asInt(0);
      JsonNode delta = choice.has("delta") ? choice.get("delta") : choice.path("message");
      reasoning(index, delta);
      content(index, delta.path("content").asText(""), scores(choice));
      content(index, delta.path("refusal").asText(""), List.of());
      if (delta.path("tool_calls").isArray() && !delta.path("tool_calls").isEmpty()) {
        sink.put(new AnswerEvent.Tools(index, delta.get("tool_calls")));
      }
      if (choice.path("finish_reason").isTextual() && ended.add(index)) {
        end(index, reason(choice.get("finish_reason").textValue()));
      }
    }
  }

  private void writtenBy(String model) {
    if (!model.isEmpty() && (writer == null || !writer.model().equals(model))) {
      writer = new Writer(model, OptionalLong.empty());
      sink.put(new AnswerEvent.WrittenBy(writer));
    }
  }

  private void reasoning(int index, JsonNode delta) {
    JsonNode text = delta.path("reasoning_content");
    text = text.isTextual() ? text : delta.path("reasoning");
    if (text.isTextual() && !text.textValue().isEmpty()) {
      give(index, true, text.textValue(), List.of());
    }
  }

  private void content(int index, String text, List<TokenScore> scores) {
    if (!text.isEmpty()) {
      if (!plain || !scores.isEmpty()) {
        give(index, false, text, scores); // scores belong to this very text
      } else {
        give(index, tags.computeIfAbsent(index, i -> new ThinkTags(false)).add(text));
      }
    } else if (!scores.isEmpty()) {
      give(index, false, "", scores);
    }
  }

  private void end(int index, Finish.Reason reason) {
    if (tags.containsKey(index)) {
      give(index, tags.get(index).finish());
    }
    first = index == 0 ? reason : first;
    sink.put(new AnswerEvent.Ended(index, reason));
  }

  private void give(int index, List<ThinkTags.Piece> pieces) {
    pieces.forEach(piece -> give(index, piece.reasoning(), piece.text(), List.of()));
  }

  private void give(int index, boolean reasoning, String text, List<TokenScore> scores) {
    characters += text.length();
    sink.put(new AnswerEvent.Text(index, reasoning, text, scores));
  }

  /** Whether choice 0 came to its end. */
  boolean complete() {
    return first != null;
  }

  /**
   * How it ended. A server that counts no tokens gets estimates: four characters a token.
   *
   * @param promptCharacters of the conversation
   */
  Finish finish(int promptCharacters) {
    return usage == null
        ? new Finish(first, (promptCharacters + 3) / 4, (characters + 3) / 4)
        : new Finish(
            first, usage.path("prompt_tokens").asInt(0), usage.path("completion_tokens").asInt(0));
  }

  private static Finish.Reason reason(String written) {
    return switch (written) {
      case "length" -> Finish.Reason.LENGTH;
      case "tool_calls", "function_call" -> Finish.Reason.TOOL_CALLS;
      case "content_filter" -> Finish.Reason.CONTENT_FILTER;
      default -> Finish.Reason.STOP;
    };
  }

  private static List<TokenScore> scores(JsonNode choice) {
    List<TokenScore> scores = new ArrayList<>();
    for (JsonNode token : choice.path("logprobs").path("content")) {
      List<TokenScore> top = new ArrayList<>();
      token.path("top_logprobs").forEach(t -> top.add(score(t, List.of())));
      scores.add(score(token, top));
    }
    return scores;
  }

  private static TokenScore score(JsonNode token, List<TokenScore> top) {
    String text = token.path("token").asText("");
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (token.path("bytes").isArray()) {
      bytes = new byte[token.get("bytes").size()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) token.get("bytes").get(i).asInt();
      }
    }
    return new TokenScore(text, bytes, token.path("logprob").asDouble(0), top);
  }
}
