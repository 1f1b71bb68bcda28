package dev.millrace.app.documents;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.mcp.DocumentIntake;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Documents from the tool {@code push_document} take the way of those from {@code POST}. */
@Singleton
class McpIntake implements DocumentIntake {

  private final DocumentDesk desk;

  McpIntake(DocumentDesk desk) {
    this.desk = desk;
  }

  @Override
  public ObjectNode push(ObjectNode document, Caller caller) {
    return desk.api().put(Optional.empty(), document.toString().getBytes(StandardCharsets.UTF_8));
  }
}
