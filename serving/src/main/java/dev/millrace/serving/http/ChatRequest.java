package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.Backends;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatBackend.Capability;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import java.util.List;
import java.util.Optional;

/**
 * A request for a chat completion, checked. Fields that are not known are ignored; fields that ask
 * for what the backend cannot do are refused by name.
 *
 * @param includeUsage whether a stream ends with the number of tokens
 * @param debug whether the answer carries what retrieval did
 */
record ChatRequest(
    ChatBackend backend, ChatTurn turn, boolean stream, boolean includeUsage, boolean debug) {

  static ChatRequest read(JsonNode body, Caller caller, Backends backends) {
    Fields fields = new Fields(body);
    String model =
        fields
            .text("model")
            .orElseThrow(() -> Refusal.invalid("model", "'model' is missing: name a model."));
    ChatBackend backend = backends.named(model);
    boolean passesOn = backend.capabilities().contains(Capability.PARTS);
    List<ChatMessage> messages = new MessageReader(passesOn).read(fields);
    if (!passesOn
        && messages.stream().noneMatch(m -> m.role().equals("user") && !m.content().isBlank())) {
      throw Refusal.invalid("messages", "There is no message of the user with text.");
    }
    SamplingReader sampling = new SamplingReader(fields, backend);
    sampling.checkTools();
    boolean stream = fields.flag("stream");
    ChatTurn turn =
        new ChatTurn(
            messages,
            caller,
            fields.mode("search_mode"),
            fields.filters("filters"),
            sampling.limits(),
            sampling.sampling(),
            sampling.format(),
            fields.maybe("documents"),
            thinking(fields),
            Optional.of((ObjectNode) body));
    return new ChatRequest(backend, turn, stream, usage(fields, stream), fields.flag("debug"));
  }

  private static boolean usage(Fields fields, boolean stream) {
    Optional<JsonNode> options = fields.any("stream_options");
    if (options.isEmpty()) {
      return false;
    }
    if (!stream) {
      throw Refusal.invalid("stream_options", "'stream_options' goes with 'stream': true only.");
    }
    if (!options.get().isObject()) {
      throw Refusal.invalid("stream_options", "'stream_options' has to be an object.");
    }
    return new Fields(options.get()).flag("include_usage");
  }

  /** As vLLM and others know it ({@code chat_template_kwargs}), or as a field of its own. */
  private static Optional<Boolean> thinking(Fields fields) {
    Optional<Boolean> plain = fields.maybe("enable_thinking");
    if (plain.isPresent()) {
      return plain;
    }
    return fields
        .any("chat_template_kwargs")
        .filter(JsonNode::isObject)
        .flatMap(kwargs -> new Fields(kwargs).maybe("enable_thinking"));
  }
}
