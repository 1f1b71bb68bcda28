package dev.millrace.app.documents;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.app.Visitors;
import dev.millrace.contracts.avro.Document;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.access.Role;
import io.opentelemetry.context.Scope;
import io.smallrye.common.annotation.Blocking;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * {@code POST /v1/documents} (JSON, or multipart with a file), {@code PUT}, {@code GET} and {@code
 * DELETE /v1/documents/{id}}. Ids may contain slashes. Writes answer 202 once the log has them.
 */
@Path("/v1/documents")
@Blocking
public class DocumentsResource {

  private final DocumentDesk desk;

  DocumentsResource(DocumentDesk desk) {
    this.desk = desk;
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Response post(@Context RoutingContext exchange, byte[] body) {
    Visitors.admit(desk.gatekeeper(), exchange, Role.PRODUCER);
    return taken(exchange, () -> desk.api().put(Optional.empty(), given(body)));
  }

  @POST
  @Consumes(MediaType.MULTIPART_FORM_DATA)
  public Response upload(@Context RoutingContext exchange, Upload upload) throws IOException {
    Visitors.admit(desk.gatekeeper(), exchange, Role.PRODUCER);
    DocumentApi api = desk.api();
    if (upload.file == null) {
      throw Refusal.invalid("file", "The form needs a part 'file' with the document.");
    }
    api.checkSize(upload.file.fileName(), upload.file.size());
    Document document = upload.document();
    return taken(exchange, () -> api.put(document));
  }

  @PUT
  @Path("/{id:.+}")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response put(@Context RoutingContext exchange, @PathParam("id") String id, byte[] body) {
    Visitors.admit(desk.gatekeeper(), exchange, Role.PRODUCER);
    return taken(exchange, () -> desk.api().put(Optional.of(id), given(body)));
  }

  @GET
  @Path("/{id:.+}")
  public Response get(@Context RoutingContext exchange, @PathParam("id") String id) {
    Caller caller = Visitors.admit(desk.gatekeeper(), exchange, Role.READER);
    return answer(200, desk.api().state(id, caller));
  }

  @DELETE
  @Path("/{id:.+}")
  public Response delete(@Context RoutingContext exchange, @PathParam("id") String id) {
    Visitors.admit(desk.gatekeeper(), exchange, Role.PRODUCER);
    return taken(exchange, () -> desk.api().delete(id));
  }

  private static byte[] given(byte[] body) {
    if (body == null || body.length == 0) {
      throw Refusal.invalid(null, "The body is empty: send a document as JSON.");
    }
    return body;
  }

  private Response taken(RoutingContext exchange, Supplier<ObjectNode> work) {
    try (Scope trace = Visitors.trace(desk.tracing(), exchange)) {
      return answer(202, work.get());
    }
  }

  private static Response answer(int status, ObjectNode body) {
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(body.toString())
        .build();
  }
}
