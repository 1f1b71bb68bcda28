package dev.millrace.serving.mcp;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Tells how far the readers of the topics are behind. */
public interface LagSource {

  /**
   * An object with {@code groups}: an array of objects with {@code group}, {@code topic} and {@code
   * lag} (records) at least.
   *
   * @throws dev.millrace.serving.Refusal 503 when it is not known
   */
  ObjectNode lag();
}
