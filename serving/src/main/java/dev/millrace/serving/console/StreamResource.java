package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.MonitorStage;
import dev.millrace.runtime.StageHealth;
import dev.millrace.serving.Refusal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The stream, its groups and alarms: {@code GET /console/api/...} once, and {@code live} as
 * server-sent events, one whenever lag was looked at anew.
 */
@Path("/console/api")
@RunOnVirtualThread
public class StreamResource {

  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration SILENCE = Duration.ofSeconds(10);

  /** A browser comes again by itself; one that has gone unnoticed does not hold its place. */
  private static final Duration LONGEST = Duration.ofHours(1);

  private final ConsoleDoor door;

  StreamResource(ConsoleDoor door) {
    this.door = door;
  }

  @GET
  @Path("/me")
  public Response me(@Context RoutingContext exchange) {
    door.view(exchange);
    return Wire.ok(
        Wire.object()
            .put("operator", door.mayOperate(exchange))
            .put("keyed", door.console().roles().keyed()));
  }

  @GET
  @Path("/stream")
  public Response stream(@Context RoutingContext exchange) {
    return Wire.ok(now(door.view(exchange), false));
  }

  @GET
  @Path("/groups")
  public Response groups(@Context RoutingContext exchange) {
    return Wire.ok(StreamJson.groups(door.view(exchange).lag().newest()));
  }

  @GET
  @Path("/alarms")
  public Response alarms(@Context RoutingContext exchange) {
    ObjectNode json = Wire.object();
    json.set("alarms", StreamJson.alarms(door.view(exchange).alarms().standing()));
    return Wire.ok(json);
  }

  @GET
  @Path("/partitions")
  public Response partitions(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    String group = Wire.parameter(exchange, "group").orElse("");
    String topic = Wire.parameter(exchange, "topic").orElse("");
    return monitor
        .lag()
        .newest()
        .lag(group, topic)
        .map(lag -> Wire.ok(StreamJson.partitions(lag)))
        .orElseThrow(
            () -> Refusal.notFound("group", "No group of this name reads a topic of this name."));
  }

  /** What every page shows; with {@code groups} what the page of groups shows too. */
  private static ObjectNode now(MonitorStage monitor, boolean groups) {
    ObjectNode json = Wire.object().put("health", monitor.health().describe());
    json.set("stream", StreamJson.stream(monitor.stream()));
    json.set("alarms", StreamJson.alarms(monitor.alarms().standing()));
    if (groups) {
      json.set("groups", StreamJson.groups(monitor.lag().newest()));
    }
    return json;
  }

  @GET
  @Path("/live")
  public Response live(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    boolean groups = Wire.parameter(exchange, "groups").isPresent();
    Console console = door.console();
    if (!console.live().tryAcquire()) {
      throw Refusal.overloaded(
          Duration.ofSeconds(10),
          "As many browsers as allowed (millrace.console.most-live) are kept up to date already.");
    }
    var gone = new AtomicBoolean();
    exchange.addEndHandler(ended -> gone.set(true));
    StreamingOutput output =
        out -> {
          try {
            run(monitor, groups, gone, out);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the console was kept up to date");
          } finally {
            console.live().release();
          }
        };
    return Response.ok(output)
        .type("text/event-stream;charset=UTF-8")
        .header("Cache-Control", "no-store")
        .header("X-Accel-Buffering", "no")
        .build();
  }

  private static void run(
      MonitorStage monitor, boolean groups, AtomicBoolean gone, OutputStream out)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    long sent = 0;
    long at = -1;
    while (!gone.get()
        && !(monitor.health() instanceof StageHealth.Stopped)
        && System.nanoTime() - begun < LONGEST.toNanos()) {
      boolean fresh = monitor.lag().newest().at() != at;
      if (fresh || System.nanoTime() - sent > SILENCE.toNanos()) {
        at = monitor.lag().newest().at();
        write(out, "data: " + Wire.text(now(monitor, groups)) + "\n\n");
        sent = System.nanoTime();
      }
      Thread.sleep(LOOK);
    }
  }

  private static void write(OutputStream out, String event) throws IOException {
    out.write(event.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
