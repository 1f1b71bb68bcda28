package dev.millrace.serving.mcp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Role;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerFormat;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Citation;
import dev.millrace.serving.chat.Generation;
import dev.millrace.serving.chat.Sampling;
import dev.millrace.serving.extractive.ExtractiveBackend;
import io.quarkiverse.mcp.server.TextContent;
import io.quarkiverse.mcp.server.Tool;
import io.quarkiverse.mcp.server.ToolArg;
import io.quarkiverse.mcp.server.ToolResponse;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code ask}: an answer from the documents, with numbered sources. */
@Singleton
public class AskTool {

  private static final Duration WHOLE = Duration.ofDays(1); // the generation has its own deadline

  private final McpDoor door;

  AskTool(McpDoor door) {
    this.door = door;
  }

  /** The answer as text with its sources below it, and both as structured content. */
  @Tool(
      name = "ask",
      title = "Ask the documents",
      description =
          "Answers a question from the indexed documents; every statement is followed by the number"
              + " of its source. Says so when the documents hold no answer.",
      annotations =
          @Tool.Annotations(
              readOnlyHint = true,
              destructiveHint = false,
              idempotentHint = true,
              openWorldHint = false))
  @RunOnVirtualThread
  public ToolResponse ask(
      @ToolArg(description = "The question, understandable by itself.") String question,
      @ToolArg(description = "Who answers; 'extractive' if not given, which quotes.")
          Optional<String> model)
      throws InterruptedException {
    return door.answering(() -> answer(question, model.orElse(ExtractiveBackend.ID)));
  }

  private ToolResponse answer(String question, String model) throws InterruptedException {
    if (question == null || question.isBlank()) {
      throw Refusal.invalid("question", "'question' is missing or blank.");
    }
    Serving serving = door.serving();
    ChatBackend backend = serving.backends().named(model);
    ChatTurn turn = turn(question);
    Admission queue = backend.admission().orElse(serving.admission());
    StringBuilder text = new StringBuilder();
    StringBuilder sources = new StringBuilder();
    ObjectNode structured = JsonNodeFactory.instance.objectNode().put("model", model);
    ArrayNode citations = structured.putArray("citations");
    try (Generation generation =
        Generation.start(
            backend,
            turn,
            serving.model().tokens(),
            serving.settings().deadline(),
            queue::enter,
            serving.answers())) {
      while (true) {
        switch (generation.next(WHOLE)) {
          case AnswerEvent.Text part when !part.reasoning() && part.choice() == 0 ->
              text.append(part.delta());
          case AnswerEvent.Cited cited -> {
            citations.add(json(cited.citation()));
            sources.append(line(cited.citation()));
          }
          case AnswerEvent.Failed failed -> throw failed.cause();
          case AnswerEvent.Done done -> {
            structured.put("answer", text.toString());
            String readable = sources.isEmpty() ? "" : "\n\nSources:\n" + sources;
            return new ToolResponse(
                false, List.of(new TextContent(text + readable)), structured, Map.of());
          }
          default -> {
            // steps and writers are nothing that a model reads
          }
        }
      }
    }
  }

  /** Documents are what this tool is for, whoever answers. */
  private ChatTurn turn(String question) {
    return new ChatTurn(
        List.of(new ChatMessage("user", question)),
        door.caller().in(Role.READER),
        Optional.empty(),
        Map.of(),
        ChatTurn.Limits.NONE,
        Sampling.DEFAULT,
        AnswerFormat.text(),
        Optional.of(true),
        Optional.empty(),
        Optional.empty());
  }

  private static String line(Citation c) {
    return "[%d] %s (document %s, revision %d, characters %d to %d)%n"
        .formatted(c.number(), c.title(), c.documentId(), c.revision(), c.start(), c.end());
  }

  private static ObjectNode json(Citation c) {
    return JsonNodeFactory.instance
        .objectNode()
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
