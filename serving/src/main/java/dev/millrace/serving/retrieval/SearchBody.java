package dev.millrace.serving.retrieval;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.index.Acl;
import dev.millrace.index.ChunkFields;
import java.util.List;
import java.util.Map;

/**
 * Writes searches in OpenSearch's query language. The access filter stands in every sub-query: a
 * filter after the fact would let hidden passages take the places of visible ones.
 */
final class SearchBody {

  private static final List<String> HIDDEN = List.of(ChunkFields.VECTOR, ChunkFields.ACL);

  private static final int PASSAGES_A_DOCUMENT = 3;

  private final ObjectMapper json;
  private final SearchSettings settings;

  SearchBody(ObjectMapper json, SearchSettings settings) {
    this.json = json;
    this.settings = settings;
  }

  ObjectNode of(SearchRequest request, float[] vector) {
    // More than asked for where only the best passage of a document counts: what is left out of the
    // result later must not leave it short.
    int wanted = request.perDocument() ? PASSAGES_A_DOCUMENT * request.limit() : request.limit();
    int depth = Math.max(settings.candidates(), wanted);
    ObjectNode body = json.createObjectNode();
    body.put("size", request.perDocument() ? depth : wanted).put("track_total_hits", false);
    ArrayNode hidden = body.putObject("_source").putArray("excludes");
    HIDDEN.forEach(hidden::add);
    // A hybrid query with collapse loses most of its hits in OpenSearch 3.6: there, and for
    // vectors,
    // the assembling step does it.
    if (request.perDocument() && request.mode() == SearchMode.BM25) {
      body.put("size", request.limit());
      body.putObject("collapse").put("field", ChunkFields.DOCUMENT_ID);
    }
    ArrayNode filter = filter(request);
    body.set(
        "query",
        switch (request.mode()) {
          case BM25 -> lexical(request.text(), filter);
          case VECTORS -> nearest(vector, depth, filter);
          case HYBRID -> hybrid(request.text(), vector, depth, filter);
        });
    return body;
  }

  private ObjectNode hybrid(String text, float[] vector, int depth, ArrayNode filter) {
    ObjectNode query = json.createObjectNode();
    ObjectNode hybrid = query.putObject("hybrid");
    hybrid.put("pagination_depth", depth);
    hybrid.putArray("queries").add(lexical(text, filter)).add(nearest(vector, depth, filter));
    return query;
  }

  private ObjectNode lexical(String text, ArrayNode filter) {
    ObjectNode query = json.createObjectNode();
    ObjectNode bool = query.putObject("bool");
    bool.set("filter", filter);
    ObjectNode match = bool.putArray("must").addObject().putObject("multi_match");
    match.put("query", text).put("type", "most_fields");
    ArrayNode fields = match.putArray("fields").add(ChunkFields.TEXT);
    weighted(fields, ChunkFields.TITLE, settings.titleWeight());
    weighted(fields, ChunkFields.HEADINGS, settings.headingsWeight());
    return query;
  }

  private static void weighted(ArrayNode fields, String field, double weight) {
    if (weight > 0) {
      fields.add(field + "^" + weight);
    }
  }

  private ObjectNode nearest(float[] vector, int k, ArrayNode filter) {
    ObjectNode query = json.createObjectNode();
    ObjectNode field = query.putObject("knn").putObject(ChunkFields.VECTOR);
    ArrayNode components = field.putArray("vector");
    for (float component : vector) {
      components.add(component);
    }
    field.put("k", k);
    field.putObject("filter").putObject("bool").set("filter", filter);
    return query;
  }

  private ArrayNode filter(SearchRequest request) {
    ArrayNode all = json.createArrayNode();
    ArrayNode readers = all.addObject().putObject("terms").putArray(ChunkFields.ACL);
    Acl.readableBy(request.caller().principals()).forEach(readers::add);
    for (Map.Entry<String, String> wanted : request.filters().entrySet()) {
      all.addObject()
          .putObject("term")
          .put(ChunkFields.METADATA + "." + wanted.getKey(), wanted.getValue());
    }
    return all;
  }
}
