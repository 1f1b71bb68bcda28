package dev.millrace.serving.retrieval;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.index.ChunkEntry;
import dev.millrace.index.EntryIds;
import dev.millrace.index.IndexNames;
import dev.millrace.index.Manifest;
import dev.millrace.index.OpenSearchConnection;
import dev.millrace.serving.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.client.opensearch.generic.Body;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.opensearch.generic.Response;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The passages in OpenSearch, behind the aliases that the embed workers keep. */
public final class OpenSearchPassages implements PassageIndex {

  private static final Logger LOG = LoggerFactory.getLogger(OpenSearchPassages.class);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(2);
  private static final int LONGEST_REASON = 300;

  private final OpenSearchConnection connection;
  private final ObjectMapper json;
  private final IndexNames names;
  private final SearchSettings settings;
  private final SearchBody bodies;

  public OpenSearchPassages(
      OpenSearchConnection connection, IndexNames names, SearchSettings settings) {
    this.connection = connection;
    this.json = connection.json();
    this.names = names;
    this.settings = settings;
    this.bodies = new SearchBody(json, settings);
  }

  @Override
  public List<Passage> search(SearchRequest request, float[] vector) {
    Map<String, String> parameters =
        request.mode() == SearchMode.HYBRID ? Map.of("search_pipeline", pipeline()) : Map.of();
    JsonNode answer =
        call("/" + names.chunks() + "/_search", parameters, bodies.of(request, vector));
    List<Passage> passages = new ArrayList<>();
    for (JsonNode hit : answer.path("hits").path("hits")) {
      passages.add(passage(hit));
    }
    return passages;
  }

  private String pipeline() {
    return switch (settings.fusion()) {
      case RRF -> names.rrfPipeline();
      case WEIGHTED -> names.weightedPipeline();
    };
  }

  private Passage passage(JsonNode hit) {
    ChunkEntry entry = json.convertValue(hit.path("_source"), ChunkEntry.class);
    return new Passage(
        entry.documentId(),
        entry.title(),
        entry.uri(),
        entry.revision(),
        entry.start(),
        entry.end(),
        entry.text(),
        entry.headings() == null ? List.of() : entry.headings(),
        section(entry),
        hit.path("_score").asDouble());
  }

  /** An entry of before sections were recorded has none. */
  private static Range section(ChunkEntry entry) {
    boolean known = entry.parentStart() <= entry.start() && entry.end() <= entry.parentEnd();
    return known
        ? new Range(entry.parentStart(), entry.parentEnd())
        : new Range(entry.start(), entry.end());
  }

  @Override
  public Map<String, CleanedDocument> documents(Collection<String> ids) {
    if (ids.isEmpty()) {
      return Map.of();
    }
    ObjectNode body = json.createObjectNode();
    var wanted = body.putArray("ids");
    ids.stream().distinct().forEach(id -> wanted.add(EntryIds.manifest(id)));
    JsonNode answer =
        call(
            "/" + names.documents() + "/_mget",
            Map.of("_source_excludes", "chunks.hash,metadata"),
            body);
    Map<String, CleanedDocument> found = new HashMap<>();
    for (JsonNode document : answer.path("docs")) {
      if (document.path("found").asBoolean()) {
        Manifest manifest = json.convertValue(document.path("_source"), Manifest.class);
        if (manifest.outcome() == Manifest.Outcome.INDEXED) {
          found.put(
              manifest.documentId(),
              new CleanedDocument(
                  manifest.documentId(),
                  manifest.revision(),
                  manifest.title(),
                  manifest.uri(),
                  manifest.text(),
                  manifest.acl(),
                  manifest.chunks().stream().map(c -> new Range(c.start(), c.end())).toList()));
        }
      }
    }
    return found;
  }

  @Override
  public boolean available() {
    try (Response response =
        connection
            .client()
            .generic()
            .execute(Requests.builder().method("GET").endpoint("/").build())) {
      return response.getStatus() < 300;
    } catch (IOException e) {
      LOG.debug("OpenSearch does not answer address={}", connection.address(), e);
      return false;
    } catch (RuntimeException e) {
      if (interrupted(e)) {
        return false;
      }
      throw e;
    }
  }

  private JsonNode call(String path, Map<String, String> parameters, JsonNode body) {
    try (Response response =
        connection
            .client()
            .generic()
            .execute(
                Requests.builder()
                    .method("POST")
                    .endpoint(path)
                    .query(parameters)
                    .body(Body.from(json.writeValueAsBytes(body), "application/json"))
                    .build())) {
      JsonNode answer = json.missingNode();
      if (response.getBody().isPresent()) {
        try (InputStream in = response.getBody().get().body()) {
          answer = json.readTree(in);
        }
      }
      if (response.getStatus() < 300) {
        return answer;
      }
      return refused(response.getStatus(), answer, body);
    } catch (IOException e) {
      throw away("does not answer: " + e.getMessage());
    } catch (RuntimeException e) {
      if (interrupted(e)) {
        throw Refusal.unavailable(null, "The search was given up.");
      }
      throw e;
    }
  }

  /** The client wraps an interruption and forgets the thread's flag. */
  private static boolean interrupted(RuntimeException e) {
    boolean interrupted = e.getCause() instanceof InterruptedException;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return interrupted;
  }

  private JsonNode refused(int status, JsonNode answer, JsonNode body) {
    String type = answer.path("error").path("type").asText("");
    if (status == 404 && type.equals("index_not_found_exception")) {
      return json.missingNode(); // nothing was indexed yet
    }
    String reason = answer.path("error").path("reason").asText(answer.toString());
    String brief = reason.substring(0, Math.min(reason.length(), LONGEST_REASON));
    if (status == 400) {
      throw new IllegalStateException(
          "OpenSearch at %s refused a search (%s: %s): %s"
              .formatted(connection.address(), type, brief, body));
    }
    throw away("answered %d %s: %s".formatted(status, type, brief));
  }

  /** The address and the reason go to the log: a client is told only that the index is away. */
  private Refusal away(String how) {
    LOG.warn("search index unavailable address={} reason=\"{}\"", connection.address(), how);
    return Refusal.unavailable(
        TRY_AGAIN, "The search index does not answer at the moment. Try again shortly.");
  }
}
