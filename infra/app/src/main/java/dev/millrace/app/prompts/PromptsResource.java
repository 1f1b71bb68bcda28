package dev.millrace.app.prompts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.app.Visitors;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Role;
import io.opentelemetry.context.Scope;
import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.function.Supplier;

/**
 * {@code POST /v1/prompts}: one prompt or an array as JSON, or one a line as JSON lines. Answers
 * 202 once the log has them all.
 */
@Path("/v1/prompts")
@Blocking
public class PromptsResource {

  private final PromptDesk desk;

  PromptsResource(PromptDesk desk) {
    this.desk = desk;
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Response post(@Context RoutingContext exchange, byte[] body) {
    Visitors.admit(desk.gatekeeper(), exchange, Role.PRODUCER);
    return taken(exchange, () -> desk.api().json(given(body)));
  }

  @POST
  @Consumes({"application/x-ndjson", "application/jsonl"})
  public Response postLines(@Context RoutingContext exchange, byte[] body) {
    Visitors.admit(desk.gatekeeper(), exchange, Role.PRODUCER);
    return taken(exchange, () -> desk.api().lines(given(body)));
  }

  private static byte[] given(byte[] body) {
    if (body == null || body.length == 0) {
      throw Refusal.invalid(null, "The body is empty: send a prompt as JSON.");
    }
    return body;
  }

  private Response taken(RoutingContext exchange, Supplier<ObjectNode> work) {
    try (Scope trace = Visitors.trace(desk.tracing(), exchange)) {
      return answer(work.get());
    }
  }

  private static Response answer(ObjectNode body) {
    return Response.status(202)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(body.toString())
        .build();
  }
}
