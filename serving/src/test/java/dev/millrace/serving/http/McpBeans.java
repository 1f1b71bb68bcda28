package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.mcp.DocumentIntake;
import dev.millrace.serving.mcp.LagSource;
import io.quarkus.test.Mock;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What the application adds to the tools, in memory. */
@Mock // before what the console offers
@Singleton
class McpBeans implements DocumentIntake, LagSource {

  final List<ObjectNode> pushed = new CopyOnWriteArrayList<>();

  @Override
  public ObjectNode push(ObjectNode document, Caller caller) {
    if (document.path("text").asText().isBlank()) {
      throw Refusal.invalid(null, "'text' is missing");
    }
    pushed.add(document);
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", document.path("id").asText())
        .put("state", "received")
        .put("revision", pushed.size());
  }

  @Override
  public ObjectNode lag() {
    ObjectNode lag = JsonNodeFactory.instance.objectNode();
    lag.putArray("groups").addObject().put("group", "embed").put("topic", "chunks").put("lag", 12);
    return lag;
  }
}
