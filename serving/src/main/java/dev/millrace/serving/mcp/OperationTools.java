package dev.millrace.serving.mcp;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Role;
import io.quarkiverse.mcp.server.TextContent;
import io.quarkiverse.mcp.server.Tool;
import io.quarkiverse.mcp.server.ToolArg;
import io.quarkiverse.mcp.server.ToolResponse;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code push_document} and {@code lag}: what goes into the log, and how far its readers are. */
@Singleton
public class OperationTools {

  private final McpDoor door;
  private final Instance<DocumentIntake> intake;
  private final Instance<LagSource> lag;

  OperationTools(McpDoor door, Instance<DocumentIntake> intake, Instance<LagSource> lag) {
    this.door = door;
    this.intake = intake;
    this.lag = lag;
  }

  /** Returns when the log has the document; it can be searched a moment later. */
  @Tool(
      name = "push_document",
      title = "Push a document",
      description =
          "Puts a document into the log, from which it is indexed within seconds. A document of the"
              + " same id is replaced.",
      annotations =
          @Tool.Annotations(
              readOnlyHint = false,
              destructiveHint = true,
              idempotentHint = true,
              openWorldHint = false))
  @RunOnVirtualThread
  public ToolResponse pushDocument(
      @ToolArg(description = "The document's text: plain text, Markdown or HTML.") String text,
      @ToolArg(description = "Its id, the same again to replace it; a new one if not given.")
          Optional<String> id,
      @ToolArg(description = "Its title.") Optional<String> title,
      @ToolArg(
              name = "content_type",
              description = "text/plain, text/markdown or text/html; found out if not given.")
          Optional<String> contentType,
      @ToolArg(description = "Where a reader finds the original.") Optional<String> uri,
      @ToolArg(description = "Fields that searches can filter by.")
          Optional<Map<String, String>> metadata,
      @ToolArg(description = "Principals who may read it; everybody if not given.")
          Optional<List<String>> acl)
      throws InterruptedException {
    return door.answering(
        () -> {
          if (!intake.isResolvable()) {
            throw Refusal.unavailable(null, "This process does not take documents.");
          }
          ObjectNode document = JsonNodeFactory.instance.objectNode().put("text", text);
          id.ifPresent(value -> document.put("id", value));
          title.ifPresent(value -> document.put("title", value));
          contentType.ifPresent(value -> document.put("content_type", value));
          uri.ifPresent(value -> document.put("uri", value));
          metadata.ifPresent(fields -> fields.forEach(document.putObject("metadata")::put));
          acl.ifPresent(principals -> principals.forEach(document.putArray("acl")::add));
          return said(intake.get().push(document, door.caller().in(Role.PRODUCER)));
        });
  }

  /** Records that each group has still to read. */
  @Tool(
      name = "lag",
      title = "Lag of topics",
      description =
          "How many records each group of readers has still to read of each topic, and for how many"
              + " seconds the oldest of them has waited.",
      annotations =
          @Tool.Annotations(
              readOnlyHint = true,
              destructiveHint = false,
              idempotentHint = true,
              openWorldHint = false))
  @RunOnVirtualThread
  public ToolResponse lag() throws InterruptedException {
    return door.answering(
        () -> {
          if (!lag.isResolvable()) {
            throw Refusal.unavailable(null, "This process does not watch the topics.");
          }
          door.caller().in(Role.OPERATOR);
          return said(lag.get().lag());
        });
  }

  private static ToolResponse said(ObjectNode answer) {
    return new ToolResponse(false, List.of(new TextContent(answer.toString())), answer, Map.of());
  }
}
