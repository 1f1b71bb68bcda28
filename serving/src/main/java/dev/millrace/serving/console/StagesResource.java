package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.monitor.MonitorStage;
import dev.millrace.monitor.action.Actor;
import dev.millrace.serving.Refusal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** Pauses stages and lets them go on. Both need the role of an operator. */
@Path("/console/api/stages")
@RunOnVirtualThread
public class StagesResource {

  private final ConsoleDoor door;

  StagesResource(ConsoleDoor door) {
    this.door = door;
  }

  /** Takes {@code {"stage": "embed", "reason": "...", "confirm": true}}. */
  @POST
  @Path("/pause")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response pause(@Context RoutingContext exchange, byte[] body) {
    return order(
        exchange,
        body,
        (monitor, wish, actor) ->
            monitor
                .stages()
                .pause(wish.path("stage").asText(""), wish.path("reason").asText(""), actor));
  }

  /** Takes {@code {"stage": "embed", "confirm": true}}. */
  @POST
  @Path("/resume")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response resume(@Context RoutingContext exchange, byte[] body) {
    return order(
        exchange,
        body,
        (monitor, wish, actor) -> monitor.stages().resume(wish.path("stage").asText(""), actor));
  }

  @FunctionalInterface
  private interface Order {
    void give(MonitorStage monitor, JsonNode wish, Actor actor);
  }

  private Response order(RoutingContext exchange, byte[] body, Order order) {
    Actor actor = door.operate(exchange);
    JsonNode wish = Wire.read(body);
    if (!wish.path("confirm").asBoolean(false)) {
      throw Refusal.invalid("confirm", "This has to be confirmed: \"confirm\": true.");
    }
    try {
      Away.orRefuse(
          () -> {
            order.give(door.console().monitor(), wish, actor);
            return null;
          });
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid("stage", e.getMessage());
    }
    return Wire.ok(Wire.object().put("stage", wish.path("stage").asText()));
  }
}
