package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.chat.ChatBackend;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.ArrayList;
import java.util.List;

/** {@code GET /v1/models}: what answers, and what embeds. */
@Path("/v1/models")
@RunOnVirtualThread
public class ModelsResource {

  private final FrontDoor door;

  ModelsResource(FrontDoor door) {
    this.door = door;
  }

  @GET
  public Response all(@Context RoutingContext exchange) {
    door.caller(exchange);
    ObjectNode list = Json.object().put("object", "list");
    ArrayNode data = list.putArray("data");
    models(door.serving()).forEach(data::add);
    return ok(list);
  }

  /** Ids may hold slashes, as those of Hugging Face do. */
  @GET
  @Path("/{id:.+}")
  public Response one(@Context RoutingContext exchange, @PathParam("id") String id) {
    door.caller(exchange);
    List<ObjectNode> models = models(door.serving());
    return models.stream()
        .filter(m -> m.path("id").asText().equals(id))
        .findFirst()
        .map(ModelsResource::ok)
        .orElseThrow(
            () ->
                Refusal.unknownModel(
                    id,
                    String.join(", ", models.stream().map(m -> m.path("id").asText()).toList())));
  }

  private static List<ObjectNode> models(Serving serving) {
    List<ObjectNode> models = new ArrayList<>();
    for (ChatBackend backend : serving.backends().all()) {
      models.add(model(backend));
    }
    long since = models.isEmpty() ? 0 : models.get(0).path("created").asLong();
    models.add(model(serving.model().id(), since, "millrace"));
    return models;
  }

  /** One that is away stays in the list, and the extension {@code millrace} says why. */
  private static ObjectNode model(ChatBackend backend) {
    ObjectNode model = model(backend.id(), backend.created(), backend.owner());
    ChatBackend.Availability now = backend.availability();
    ObjectNode more = model.putObject("millrace").put("ready", now.ready());
    if (!now.ready()) {
      more.put("reason", now.reason());
    }
    now.notes().forEach(note -> more.putPOJO(note.name(), note.value()));
    return model;
  }

  private static ObjectNode model(String id, long created, String owner) {
    return Json.object()
        .put("id", id)
        .put("object", "model")
        .put("created", created)
        .put("owned_by", owner);
  }

  private static Response ok(ObjectNode body) {
    return Response.ok(Json.write(body)).type(MediaType.APPLICATION_JSON_TYPE).build();
  }
}
