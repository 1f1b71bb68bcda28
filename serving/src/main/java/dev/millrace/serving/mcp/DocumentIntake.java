package dev.millrace.serving.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.access.Caller;

/** Takes documents for the log. The application has it where it can write to the log. */
public interface DocumentIntake {

  /**
   * Puts a document to the log and returns when the log has acknowledged it.
   *
   * @param document as {@code POST /v1/documents} takes it
   * @return id, revision, partition and state
   * @throws dev.millrace.serving.Refusal if it cannot be taken
   */
  ObjectNode push(ObjectNode document, Caller caller);
}
