package dev.millrace.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads and writes of one {@link Generation}, as its writers need them. Reads by id are real-time.
 * All calls throw {@link dev.millrace.runtime.RetriableException} when OpenSearch is away or
 * overloaded.
 */
public final class ChunkIndex {

  private static final int PAGE = 5_000;

  private final RestCalls calls;
  private final ObjectMapper json;
  private final Generation generation;
  private final BulkWriter writer;

  public ChunkIndex(OpenSearchConnection connection, Generation generation, BulkLimits limits) {
    this.calls = connection.calls();
    this.json = connection.json();
    this.generation = generation;
    this.writer = new BulkWriter(calls, json, generation, limits);
  }

  public Generation generation() {
    return generation;
  }

  /** The manifest with its text. */
  public Optional<Manifest> manifest(String documentId) {
    return Optional.ofNullable(manifests(List.of(documentId), true).get(documentId));
  }

  /** The manifests of these documents, by document id, without their texts (empty there). */
  public Map<String, Manifest> manifests(Collection<String> documentIds) {
    return manifests(documentIds, false);
  }

  private Map<String, Manifest> manifests(Collection<String> documentIds, boolean withText) {
    if (documentIds.isEmpty()) {
      return Map.of();
    }
    ObjectNode body = json.createObjectNode();
    var ids = body.putArray("ids");
    documentIds.forEach(id -> ids.add(EntryIds.manifest(id)));
    JsonNode answer =
        calls.post(
            "/" + generation.documents() + "/_mget" + (withText ? "" : "?_source_excludes=text"),
            body);
    Map<String, Manifest> found = new HashMap<>();
    for (JsonNode document : answer.path("docs")) {
      if (document.path("found").asBoolean()) {
        var manifest = json.convertValue(document.path("_source"), Manifest.class);
        found.put(manifest.documentId(), manifest);
      }
    }
    return found;
  }

  /** The vectors of these chunks, by their ids; those that are not there are left out. */
  public Map<String, float[]> vectors(Collection<String> chunkIds) {
    Map<String, float[]> found = new HashMap<>();
    List<String> ids = List.copyOf(chunkIds);
    for (int from = 0; from < ids.size(); from += PAGE / 10) {
      vectors(ids.subList(from, Math.min(ids.size(), from + PAGE / 10)), found);
    }
    return found;
  }

  private void vectors(List<String> ids, Map<String, float[]> found) {
    ObjectNode body = json.createObjectNode();
    ids.forEach(body.putArray("ids")::add);
    JsonNode answer =
        calls.post("/" + generation.chunks() + "/_mget?_source_includes=vector", body);
    for (JsonNode chunk : answer.path("docs")) {
      JsonNode vector = chunk.path("_source").path("vector");
      if (vector.size() == generation.identity().dimension()) {
        float[] values = new float[vector.size()];
        for (int i = 0; i < values.length; i++) {
          values[i] = vector.get(i).floatValue();
        }
        found.put(chunk.path("_id").asText(), values);
      }
    }
  }

  /**
   * Ids of all chunks of these documents that a search sees, by document id: also of those that no
   * manifest names, because their writer died before it came to that.
   */
  public Map<String, Set<String>> chunkIds(Collection<String> documentIds) {
    Map<String, Set<String>> found = new HashMap<>();
    if (documentIds.isEmpty()) {
      return found;
    }
    ObjectNode body = json.createObjectNode();
    body.put("size", PAGE).put("_source", false).put("track_total_hits", false);
    body.putArray("docvalue_fields").add(ChunkFields.DOCUMENT_ID);
    var terms =
        body.putObject("query")
            .putObject("bool")
            .putObject("filter")
            .putObject("terms")
            .putArray(ChunkFields.DOCUMENT_ID);
    documentIds.forEach(terms::add);
    body.putArray("sort").add(ChunkFields.DOCUMENT_ID).add(ChunkFields.ORDINAL).add("hash");
    JsonNode hits;
    do {
      hits = calls.post("/" + generation.chunks() + "/_search", body).path("hits").path("hits");
      for (JsonNode hit : hits) {
        String documentId = hit.path("fields").path(ChunkFields.DOCUMENT_ID).path(0).asText();
        found.computeIfAbsent(documentId, id -> new HashSet<>()).add(hit.path("_id").asText());
        body.set("search_after", hit.path("sort"));
      }
    } while (hits.size() == PAGE);
    return found;
  }

  /**
   * Writes entries in requests of bounded size and returns what became of each, in order. Entries
   * of one call may be written in any order.
   *
   * @throws dev.millrace.runtime.RetriableException when an entry was turned away for now; what was
   *     written stays, and the same call may be made again
   */
  public List<BulkOutcome> write(List<BulkWrite> writes) {
    return writer.write(writes);
  }

  /** Makes what was written so far visible to searches. */
  public void refresh() {
    List<String> indices = new ArrayList<>(List.of(generation.chunks(), generation.documents()));
    calls.post("/" + String.join(",", indices) + "/_refresh", json.createObjectNode());
  }
}
