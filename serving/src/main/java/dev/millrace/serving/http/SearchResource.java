package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.RetrievalWish;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.retrieval.SearchRequest;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;

/**
 * {@code /v1/search}: passages, best first. POST takes {@code query}, {@code limit}, {@code mode},
 * {@code filters}, {@code group}, {@code retrieval} and {@code debug}; GET takes {@code q} and the
 * same names but for filters and retrieval. Who asks is told by headers alone.
 */
@Path("/v1/search")
@RunOnVirtualThread
public class SearchResource {

  private static final int LIMIT = 10;
  private static final int LONGEST = 4_000;

  private final FrontDoor door;

  SearchResource(FrontDoor door) {
    this.door = door;
  }

  @POST
  @Consumes(MediaType.WILDCARD)
  public Response post(@Context RoutingContext exchange, InputStream body)
      throws InterruptedException {
    Caller caller = door.caller(exchange);
    return answer(door.json(exchange, body), caller);
  }

  @GET
  public Response get(@Context RoutingContext exchange) throws InterruptedException {
    Caller caller = door.caller(exchange);
    var parameters = exchange.queryParams();
    ObjectNode request = Json.object();
    request.put("query", parameters.get("q"));
    request.put("mode", parameters.get("mode"));
    request.put("group", parameters.get("group"));
    if (parameters.contains("limit")) {
      request.put("limit", number(parameters.get("limit")));
    }
    if ("true".equals(parameters.get("debug"))) {
      request.put("debug", true);
    }
    return answer(request, caller);
  }

  private static int number(String limit) {
    try {
      return Integer.parseInt(limit);
    } catch (NumberFormatException e) {
      throw Refusal.invalid(
          "limit", "'limit' has to be a whole number, not '" + Fields.brief(limit) + "'.");
    }
  }

  private Response answer(JsonNode body, Caller caller) throws InterruptedException {
    Serving serving = door.serving();
    Fields fields = new Fields(body);
    String query =
        fields
            .text("query")
            .filter(q -> !q.isBlank())
            .orElseThrow(() -> Refusal.invalid("query", "'query' is missing or blank."));
    if (query.length() > LONGEST) {
      throw Refusal.invalid(
          "query",
          "'query' has %d characters; at most %d are searched for."
              .formatted(query.length(), LONGEST));
    }
    boolean perDocument =
        switch (fields.text("group").orElse("passage")) {
          case "passage" -> false;
          case "document" -> true;
          default -> throw Refusal.invalid("group", "'group' is passage or document.");
        };
    SearchRequest request =
        new SearchRequest(
                query,
                fields.mode("mode").orElse(serving.settings().mode()),
                fields.integer("limit", 1, SearchRequest.MAX_LIMIT).orElse(LIMIT),
                fields.filters("filters"),
                perDocument,
                caller)
            .within(List.of(), RetrievalWish.in(body));
    Retrieved found;
    try (Admission.Ticket ticket = serving.admission().enter()) {
      found = serving.retrieval().run(request);
    }
    return Response.ok(Json.write(body(found, fields.flag("debug"))))
        .type(MediaType.APPLICATION_JSON_TYPE)
        .build();
  }

  private static ObjectNode body(Retrieved found, boolean debug) {
    ObjectNode body = Json.object().put("object", "list");
    body.put("mode", found.request().mode().name().toLowerCase(Locale.ROOT));
    ArrayNode hits = body.putArray("hits");
    for (Passage passage : found.passages()) {
      ObjectNode hit =
          hits.addObject()
              .put("document_id", passage.documentId())
              .put("title", passage.title())
              .put("uri", passage.uri())
              .put("revision", passage.revision())
              .put("start", passage.start())
              .put("end", passage.end())
              .put("text", passage.text())
              .put("score", passage.score());
      ArrayNode headings = hit.putArray("headings");
      passage.headings().forEach(headings::add);
    }
    if (debug) {
      DebugBody.put(body, found.timings());
    }
    return body;
  }
}
