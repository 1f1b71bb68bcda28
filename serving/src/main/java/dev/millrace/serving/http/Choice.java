package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.Citation;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.chat.TokenScore;
import java.util.ArrayList;
import java.util.List;

/** One answer of a completion that is not streamed, gathered from its parts. */
final class Choice {

  private final int index;
  private final StringBuilder content = new StringBuilder();
  private final StringBuilder reasoning = new StringBuilder();
  private final List<TokenScore> scores = new ArrayList<>();
  private final List<Citation> citations = new ArrayList<>();
  private ArrayNode tools;
  private Finish.Reason reason = Finish.Reason.STOP;

  Choice(int index) {
    this.index = index;
  }

  void add(AnswerEvent.Text text) {
    (text.reasoning() ? reasoning : content).append(text.delta());
    if (!text.reasoning()) {
      scores.addAll(text.scores());
    }
  }

  void add(Citation citation) {
    citations.add(citation);
  }

  /** Calls come whole where an answer is not streamed. */
  void add(AnswerEvent.Tools calls) {
    if (tools == null) {
      tools = Json.object().arrayNode();
    }
    for (JsonNode call : calls.calls()) {
      tools.add(call);
    }
  }

  void end(Finish.Reason why) {
    reason = why;
  }

  ObjectNode body(boolean logprobs) {
    ObjectNode choice = Json.object().put("index", index);
    ObjectNode message = choice.putObject("message").put("role", "assistant");
    if (tools != null && content.isEmpty()) {
      message.putNull("content");
    } else {
      message.put("content", content.toString());
    }
    message.putNull("refusal");
    if (!reasoning.isEmpty()) {
      message.put("reasoning_content", reasoning.toString());
    }
    if (tools != null) {
      message.set("tool_calls", tools);
    }
    CitationBody.put(message, citations);
    choice.put("finish_reason", Completion.written(reason));
    if (logprobs) {
      LogprobsBody.put(choice, scores);
    } else {
      choice.putNull("logprobs");
    }
    return choice;
  }
}
