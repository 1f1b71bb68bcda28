package dev.millrace.serving.mcp;

import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.http.FrontDoor;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Lets programs in by the same rules as everywhere: who has no key is turned away before the
 * protocol begins, with the status that its clients understand, and every call of a tool is made
 * for the caller of its own request.
 */
@Singleton
class McpDoor {

  private static final String PATHS = "/mcp*";

  private final FrontDoor door;
  private final CurrentVertxRequest current;

  McpDoor(FrontDoor door, CurrentVertxRequest current) {
    this.door = door;
    this.current = current;
  }

  void install(@Observes Router router) {
    router.route(PATHS).order(Integer.MIN_VALUE + 1).handler(this::admit);
  }

  private void admit(RoutingContext exchange) {
    try {
      door.known(exchange);
    } catch (Refusal refusal) {
      door.refuse(exchange, refusal);
      return;
    }
    exchange.next();
  }

  Serving serving() {
    return door.serving();
  }

  Caller caller() {
    return door.known(current.getCurrent());
  }

  /** Runs a tool; what it refuses becomes an error that the calling model can read. */
  ToolResponse answering(Tooling tool) throws InterruptedException {
    try {
      return tool.call();
    } catch (RuntimeException e) {
      return ToolResponse.error(door.refusal(e).getMessage());
    }
  }

  /** The work of a tool. */
  interface Tooling {
    ToolResponse call() throws InterruptedException;
  }
}
