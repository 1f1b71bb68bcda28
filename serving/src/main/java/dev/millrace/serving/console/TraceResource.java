package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.monitor.MonitorStage;
import dev.millrace.monitor.action.Actor;
import dev.millrace.monitor.recent.DocumentBook;
import dev.millrace.monitor.trace.DocumentChunks;
import dev.millrace.monitor.trace.Trace;
import dev.millrace.serving.Refusal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** Single documents and tasks on their way, and what operators did. */
@Path("/console/api")
@RunOnVirtualThread
public class TraceResource {

  private static final int SHOWN = 100;

  private final ConsoleDoor door;

  TraceResource(ConsoleDoor door) {
    this.door = door;
  }

  /** {@code ?document=ID} or {@code ?task=ID}. */
  @GET
  @Path("/trace")
  public Response trace(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    var document = Wire.parameter(exchange, "document");
    var task = Wire.parameter(exchange, "task");
    if (document.isPresent() == task.isPresent()) {
      throw Refusal.invalid("document", "Name a document or a task.");
    }
    Trace trace =
        Away.orRefuse(
            () ->
                document.isPresent()
                    ? monitor.tracer().document(document.get())
                    : monitor.tracer().task(task.orElseThrow()));
    return Wire.ok(json(trace));
  }

  private static ObjectNode json(Trace trace) {
    ObjectNode json =
        Wire.object().put("subject", trace.subject()).put("complete", trace.complete());
    ArrayNode events = json.putArray("events");
    for (Trace.Event event : trace.events()) {
      ObjectNode one =
          events
              .addObject()
              .put("at", event.at())
              .put("stage", event.stage())
              .put("sentence", event.sentence())
              .put("topic", event.topic())
              .put("partition", event.partition())
              .put("offset", event.offset())
              .put("since", Wire.finite(event.since()));
      ObjectNode detail = one.putObject("detail");
      event.detail().entrySet().stream()
          .sorted(java.util.Map.Entry.comparingByKey())
          .forEach(entry -> detail.put(entry.getKey(), entry.getValue()));
    }
    return json;
  }

  /** {@code ?document=ID}: the chunks of its newest revision that has any. */
  @GET
  @Path("/chunks")
  public Response chunks(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    String id =
        Wire.parameter(exchange, "document")
            .orElseThrow(() -> Refusal.invalid("document", "Name a document."));
    ObjectNode json = Wire.object();
    ArrayNode pieces = json.putArray("chunks");
    Away.orRefuse(() -> monitor.tracer().chunks(id))
        .ifPresent(
            found -> {
              json.put("revision", found.revision()).put("total", found.total());
              for (DocumentChunks.Piece piece : found.pieces()) {
                pieces
                    .addObject()
                    .put("start", piece.start())
                    .put("end", piece.end())
                    .put("tokens", piece.tokens())
                    .put("headings", String.join(" › ", piece.headings()))
                    .put("text", piece.text());
              }
            });
    return Wire.ok(json);
  }

  /** The documents that the stream reported on last. */
  @GET
  @Path("/documents")
  public Response documents(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    ArrayNode all = Wire.array();
    for (DocumentBook.Report report :
        monitor.books().documents().reports().stream().limit(SHOWN).toList()) {
      all.addObject()
          .put("id", report.documentId())
          .put("revision", report.revision())
          .put("outcome", report.outcome())
          .put("reason", report.reason())
          .put("chunks", report.chunks())
          .put("indexedAt", report.indexedAt())
          .put(
              "freshness",
              report.sentAt() > 0
                  ? Wire.finite((report.indexedAt() - report.sentAt()) / 1000.0)
                  : null);
    }
    return Wire.ok(all);
  }

  /** Takes {@code {"id": "...", "confirm": true}}. Needs the role of an operator. */
  @POST
  @Path("/documents/delete")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response delete(@Context RoutingContext exchange, byte[] body) {
    Actor actor = door.operate(exchange);
    JsonNode wish = Wire.read(body);
    String id = wish.path("id").asText("");
    if (id.isBlank()) {
      throw Refusal.invalid("id", "Name the document.");
    }
    if (!wish.path("confirm").asBoolean(false)) {
      throw Refusal.invalid("confirm", "Deleting has to be confirmed: \"confirm\": true.");
    }
    MonitorStage monitor = door.console().monitor();
    long revision = Away.orRefuse(() -> monitor.deletion().delete(id, actor));
    return Wire.ok(Wire.object().put("id", id).put("revision", revision));
  }

  /** What operators did last. */
  @GET
  @Path("/actions")
  public Response actions(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    ArrayNode all = Wire.array();
    for (OperatorAction action : Away.orRefuse(() -> monitor.letters().log().newest(SHOWN))) {
      ObjectNode one =
          all.addObject()
              .put("kind", action.getKind().name())
              .put("actor", action.getActor())
              .put("via", action.getVia())
              .put("subject", action.getSubject())
              .put("at", action.getAt());
      String reason = action.getDetail().get("reason");
      if (action.getKind() == ActionKind.PAUSE && reason != null) {
        one.put("to", reason);
      }
      if (action.getTopic() != null) {
        one.put("to", action.getTopic() + "-" + action.getPartition() + "@" + action.getOffset());
      }
    }
    return Wire.ok(all);
  }
}
