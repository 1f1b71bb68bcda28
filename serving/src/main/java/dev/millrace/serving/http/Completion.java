package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.chat.Writer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Writes one completion as OpenAI's objects, whole or chunk by chunk. Beyond the standard it has
 * {@code citations} beside {@code annotations}, {@code reasoning_content}, {@code millrace} where a
 * version of a policy wrote the answer, and {@code debug} where that was asked for.
 */
final class Completion {

  private final String id;
  private final long created;
  private final String model;
  private final boolean logprobs;
  private final Set<Writer> writers = new LinkedHashSet<>();
  private Writer writer;
  private boolean ended;

  /**
   * @param id the same in every chunk
   * @param created seconds since the epoch
   * @param logprobs whether a choice of a chunk with text has its scores
   */
  Completion(String id, long created, String model, boolean logprobs) {
    this.id = id;
    this.created = created;
    this.model = model;
    this.logprobs = logprobs;
  }

  ObjectNode first(int choice) {
    return chunk(choice, Json.object().put("role", "assistant").put("content", ""), null);
  }

  /** The chunk for a part of an answer that shows; null for one that does not. */
  ObjectNode part(AnswerEvent.Part part, boolean debug) {
    return switch (part) {
      case AnswerEvent.Text text -> text(text);
      case AnswerEvent.Tools tools -> {
        ObjectNode delta = Json.object();
        delta.set("tool_calls", tools.calls());
        yield chunk(tools.choice(), delta, null);
      }
      case AnswerEvent.Ended end -> {
        ended |= end.choice() == 0;
        yield chunk(end.choice(), Json.object(), end.reason());
      }
      case AnswerEvent.Cited cited -> {
        ObjectNode delta = Json.object();
        CitationBody.put(delta, List.of(cited.citation()));
        yield chunk(0, delta, null);
      }
      case AnswerEvent.Steps steps -> {
        if (!debug) {
          yield null;
        }
        // an empty delta, or after the end no choice, so that strict clients pass over it
        ObjectNode chunk = ended ? empty() : chunk(0, Json.object(), null);
        DebugBody.put(chunk, steps.steps());
        yield chunk;
      }
      case AnswerEvent.WrittenBy by -> {
        writtenBy(by.writer());
        yield null;
      }
    };
  }

  private ObjectNode text(AnswerEvent.Text text) {
    ObjectNode delta =
        Json.object().put(text.reasoning() ? "reasoning_content" : "content", text.delta());
    ObjectNode chunk = chunk(text.choice(), delta, null);
    if (logprobs && !text.reasoning()) {
      LogprobsBody.put((ObjectNode) chunk.path("choices").path(0), text.scores());
    }
    return chunk;
  }

  /** The chunk without choices that follows the last: usage where that was asked for. */
  ObjectNode usage(Finish finish) {
    ObjectNode chunk = empty();
    count(chunk, finish);
    return chunk;
  }

  private ObjectNode empty() {
    ObjectNode chunk = head("chat.completion.chunk");
    chunk.putArray("choices");
    return chunk;
  }

  ObjectNode whole(List<Choice> choices, Finish finish) {
    ObjectNode completion = head("chat.completion");
    ArrayNode list = completion.putArray("choices");
    for (Choice choice : choices) {
      list.add(choice.body(logprobs));
    }
    count(completion, finish);
    return completion;
  }

  void writtenBy(Writer now) {
    writer = now;
    writers.add(now);
  }

  private ObjectNode head(String object) {
    ObjectNode head =
        Json.object()
            .put("id", id)
            .put("object", object)
            .put("created", created)
            .put("model", model);
    if (writer != null) {
      head.put("system_fingerprint", writer.fingerprint());
      ObjectNode by = head.putObject("millrace").put("model", writer.model());
      writer.version().ifPresent(version -> by.put("version", version));
      if (writers.size() > 1) { // swapped in mid-answer
        ArrayNode versions = by.putArray("versions");
        writers.forEach(w -> w.version().ifPresent(versions::add));
      }
    }
    return head;
  }

  private ObjectNode chunk(int index, ObjectNode delta, Finish.Reason reason) {
    ObjectNode chunk = head("chat.completion.chunk");
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", index);
    choice.set("delta", delta);
    choice.put("finish_reason", reason == null ? null : written(reason));
    return chunk;
  }

  static String written(Finish.Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT);
  }

  private static void count(ObjectNode to, Finish finish) {
    to.putObject("usage")
        .put("prompt_tokens", finish.promptTokens())
        .put("completion_tokens", finish.completionTokens())
        .put("total_tokens", finish.promptTokens() + finish.completionTokens());
  }
}
