package dev.millrace.serving.remote;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import java.util.List;

/**
 * The body for the other server: what the client sent, tools and all, but for the fields that are
 * ours alone and the model's name.
 */
final class RemoteRequest {

  private static final List<String> OURS =
      List.of("search_mode", "filters", "debug", "documents", "retrieval", "enable_thinking");

  private RemoteRequest() {}

  static ObjectNode body(ChatTurn turn, String model) {
    ObjectNode body =
        turn.request().map(ObjectNode::deepCopy).orElseGet(() -> made(turn)).put("model", model);
    OURS.forEach(body::remove);
    turn.thinking()
        .ifPresent(
            thinks ->
                body.withObjectProperty("chat_template_kwargs").put("enable_thinking", thinks));
    if (streams(turn)) {
      body.putObject("stream_options").put("include_usage", true);
    } else {
      body.remove(List.of("stream", "stream_options"));
    }
    return body;
  }

  static boolean streams(ChatTurn turn) {
    return turn.request().map(r -> r.path("stream").asBoolean(false)).orElse(false);
  }

  /** For a turn that no client sent. */
  private static ObjectNode made(ChatTurn turn) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.set("messages", messages(turn.messages()));
    turn.sampling().temperature().ifPresent(t -> body.put("temperature", t));
    if (turn.limits().maxTokens() != Integer.MAX_VALUE) {
      body.put("max_tokens", turn.limits().maxTokens());
    }
    if (!turn.limits().stop().isEmpty()) {
      ArrayNode stops = body.putArray("stop");
      turn.limits().stop().forEach(stops::add);
    }
    return body;
  }

  private static ArrayNode messages(List<ChatMessage> messages) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    messages.forEach(m -> list.addObject().put("role", m.role()).put("content", m.content()));
    return list;
  }
}
