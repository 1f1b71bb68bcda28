package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.runtime.StageHealth;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** {@code GET /health}, as the clients of model servers ask for it. */
@Path("/health")
public class HealthResource {

  private final ServingHolder holder;

  HealthResource(ServingHolder holder) {
    this.holder = holder;
  }

  @GET
  public Response health() {
    StageHealth health = holder.health();
    if (health.isReady()) {
      return response(200, Json.object().put("status", "ok"));
    }
    String message =
        switch (health) {
          case StageHealth.Starting s -> "Loading model";
          case StageHealth.Stopped s when holder.role() == ServingHolder.Role.EXCLUDED ->
              "serving is not a target of this process";
          default -> health.describe();
        };
    ObjectNode body = Json.object();
    body.putObject("error")
        .put("code", 503)
        .put("message", message)
        .put("type", "unavailable_error");
    return response(503, body);
  }

  private static Response response(int status, ObjectNode body) {
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(Json.write(body))
        .build();
  }
}
