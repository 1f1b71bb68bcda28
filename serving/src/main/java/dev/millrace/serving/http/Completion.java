package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.chat.Citation;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.retrieval.StepTiming;
import java.util.List;
import java.util.Locale;

/**
 * Writes one completion as OpenAI's objects, whole or chunk by chunk. Beyond the standard it has
 * {@code citations} beside {@code annotations}, and {@code debug} where that was asked for.
 *
 * @param id the same in every chunk
 * @param created seconds since the epoch
 */
record Completion(String id, long created, String model) {

  ObjectNode first() {
    return chunk(Json.object().put("role", "assistant").put("content", ""), null);
  }

  ObjectNode text(String delta) {
    return chunk(Json.object().put("content", delta), null);
  }

  ObjectNode cited(Citation citation) {
    ObjectNode delta = Json.object();
    cite(delta, List.of(citation));
    return chunk(delta, null);
  }

  ObjectNode last(Finish finish) {
    return chunk(Json.object(), finish);
  }

  /** The chunk without choices that follows the last when usage was asked for. */
  ObjectNode usage(Finish finish) {
    ObjectNode chunk = head("chat.completion.chunk");
    chunk.putArray("choices");
    count(chunk, finish);
    return chunk;
  }

  /** What retrieval did; a chunk with an empty delta, so that strict clients pass over it. */
  ObjectNode debug(List<StepTiming> steps) {
    ObjectNode chunk = chunk(Json.object(), null);
    debug(chunk, steps);
    return chunk;
  }

  ObjectNode whole(
      String content, List<Citation> citations, Finish finish, List<StepTiming> steps) {
    ObjectNode completion = head("chat.completion");
    ObjectNode choice = completion.putArray("choices").addObject().put("index", 0);
    ObjectNode message =
        choice.putObject("message").put("role", "assistant").put("content", content);
    message.putNull("refusal");
    cite(message, citations);
    choice.put("finish_reason", reason(finish)).putNull("logprobs");
    count(completion, finish);
    if (steps != null) {
      debug(completion, steps);
    }
    return completion;
  }

  private ObjectNode head(String object) {
    return Json.object()
        .put("id", id)
        .put("object", object)
        .put("created", created)
        .put("model", model);
  }

  private ObjectNode chunk(ObjectNode delta, Finish finish) {
    ObjectNode chunk = head("chat.completion.chunk");
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    choice.put("finish_reason", finish == null ? null : reason(finish));
    return chunk;
  }

  private static String reason(Finish finish) {
    return finish.reason().name().toLowerCase(Locale.ROOT);
  }

  private static void count(ObjectNode to, Finish finish) {
    to.putObject("usage")
        .put("prompt_tokens", finish.promptTokens())
        .put("completion_tokens", finish.completionTokens())
        .put("total_tokens", finish.promptTokens() + finish.completionTokens());
  }

  private static void cite(ObjectNode to, List<Citation> citations) {
    ArrayNode annotations = to.putArray("annotations");
    ArrayNode details = to.putArray("citations");
    for (Citation c : citations) {
      annotations
          .addObject()
          .put("type", "url_citation")
          .putObject("url_citation")
          .put("start_index", c.startIndex())
          .put("end_index", c.endIndex())
          .put("title", c.title())
          .put("url", c.url());
      details
          .addObject()
          .put("number", c.number())
          .put("document_id", c.documentId())
          .put("title", c.title())
          .put("uri", c.url())
          .put("revision", c.revision())
          .put("start", c.start())
          .put("end", c.end())
          .put("quote", c.quote());
    }
  }

  static void debug(ObjectNode to, List<StepTiming> steps) {
    ArrayNode list = to.putObject("debug").putArray("retrieval");
    for (StepTiming step : steps) {
      list.addObject()
          .put("step", step.step())
          .put("millis", step.micros() / 1_000.0)
          .put("passages", step.passages());
    }
  }
}
