package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.retrieval.CleanedDocument;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;

/**
 * {@code GET /v1/documents/{id}/passage?start&end&revision}: what a citation points to. With {@code
 * revision}, 409 if the document has another one by now, since the range would mean other words. A
 * document that the caller may not see does not exist.
 */
@Path("/v1/documents/{id:.+}/passage")
@RunOnVirtualThread
public class PassageResource {

  private final FrontDoor door;

  PassageResource(FrontDoor door) {
    this.door = door;
  }

  @GET
  public Response passage(@Context RoutingContext exchange, @PathParam("id") String id)
      throws InterruptedException {
    Caller caller = door.caller(exchange);
    Serving serving = door.serving();
    int start = (int) number(exchange, "start", 0);
    int end = (int) number(exchange, "end", Integer.MAX_VALUE);
    long wanted = number(exchange, "revision", -1);
    CleanedDocument document;
    try (Admission.Ticket ticket = serving.admission().enter()) {
      document = serving.index().documents(List.of(id)).get(id);
    }
    if (document == null || !caller.maySee(document.acl())) {
      throw Refusal.notFound("id", "There is no document '" + Fields.brief(id) + "'.");
    }
    if (wanted >= 0 && wanted != document.revision()) {
      throw Refusal.ofStatus(
          409, "The document has revision %d now, not %d.".formatted(document.revision(), wanted));
    }
    int last = Math.min(end, document.text().length());
    if (start > last) {
      throw Refusal.invalid(
          "start",
          "The range %d to %d is not in the document of %d characters."
              .formatted(start, end, document.text().length()));
    }
    return Response.ok(Json.write(body(document, start, last)))
        .type(MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  private static ObjectNode body(CleanedDocument document, int start, int end) {
    return Json.object()
        .put("document_id", document.documentId())
        .put("title", document.title())
        .put("uri", document.uri())
        .put("revision", document.revision())
        .put("start", start)
        .put("end", end)
        .put("text", document.text().substring(start, end));
  }

  private static long number(RoutingContext exchange, String name, long otherwise) {
    String given = exchange.queryParams().get(name);
    if (given == null) {
      return otherwise;
    }
    long most = name.equals("revision") ? Long.MAX_VALUE : Integer.MAX_VALUE;
    try {
      long value = Long.parseLong(given);
      if (value >= 0 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // the same words
    }
    throw Refusal.invalid(
        name, "'%s' has to be a whole number, not '%s'.".formatted(name, Fields.brief(given)));
  }
}
