package dev.millrace.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.index.BulkWrite.DeleteChunk;
import dev.millrace.index.BulkWrite.PutChunk;
import dev.millrace.index.BulkWrite.PutManifest;
import dev.millrace.runtime.RetriableException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes bulks of bounded size and sorts what comes back, entry by entry. */
final class BulkWriter {

  private static final String PATH = "/_bulk";
  private static final Map<String, String> QUERY =
      Map.of(
          "filter_path",
          "items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason");
  private static final int CONFLICT = 409;
  private static final int NOT_FOUND = 404;
  private static final int LONGEST_REASON = 300;

  private final RestCalls calls;
  private final ObjectMapper json;
  private final Generation generation;
  private final BulkLimits limits;

  BulkWriter(RestCalls calls, ObjectMapper json, Generation generation, BulkLimits limits) {
    this.calls = calls;
    this.json = json;
    this.generation = generation;
    this.limits = limits;
  }

  List<BulkOutcome> write(List<BulkWrite> writes) {
    BulkOutcome[] outcomes = new BulkOutcome[writes.size()];
    var lines = new ByteArrayOutputStream(1 << 16);
    List<Integer> waiting = new ArrayList<>();
    for (int i = 0; i < outcomes.length; i++) {
      byte[] line;
      try {
        line = lines(writes.get(i));
      } catch (JsonProcessingException e) {
        outcomes[i] = new BulkOutcome.Refused(400, "not writable: " + e.getOriginalMessage());
        continue;
      }
      if (!waiting.isEmpty()
          && (waiting.size() == limits.entries() || lines.size() + line.length > limits.bytes())) {
        send(lines, waiting, outcomes);
      }
      lines.writeBytes(line);
      waiting.add(i);
    }
    if (!waiting.isEmpty()) {
      send(lines, waiting, outcomes);
    }
    return List.of(outcomes);
  }

  private void send(ByteArrayOutputStream lines, List<Integer> waiting, BulkOutcome[] outcomes) {
    JsonNode items = calls.post(PATH, QUERY, lines.toByteArray()).path("items");
    lines.reset();
    if (items.size() != waiting.size()) {
      throw new RetriableException(
          "OpenSearch answered for %d of %d entries of a bulk"
              .formatted(items.size(), waiting.size()),
          null);
    }
    for (int i = 0; i < waiting.size(); i++) {
      outcomes[waiting.get(i)] = outcome(items.get(i).properties().iterator().next());
    }
    waiting.clear();
  }

  private static BulkOutcome outcome(Map.Entry<String, JsonNode> item) {
    int status = item.getValue().path("status").asInt();
    JsonNode error = item.getValue().path("error");
    boolean delete = "delete".equals(item.getKey());
    if (status < 300 || (delete && status == NOT_FOUND && error.isMissingNode())) {
      return new BulkOutcome.Done();
    }
    if (status == CONFLICT) {
      return new BulkOutcome.Stale();
    }
    String reason = words(error);
    if (status == 400 || status == 413) {
      return new BulkOutcome.Refused(status, reason);
    }
    throw new RetriableException(
        "OpenSearch turned an entry of a bulk away: %d %s".formatted(status, reason), null);
  }

  private static String words(JsonNode error) {
    String cause = error.path("caused_by").path("reason").asText("");
    String reason =
        error.path("type").asText("")
            + ": "
            + error.path("reason").asText("")
            + (cause.isEmpty() ? "" : ": " + cause);
    String line = reason.replaceAll("\\s+", " ");
    return line.substring(0, Math.min(LONGEST_REASON, line.length()));
  }

  private byte[] lines(BulkWrite write) throws JsonProcessingException {
    var out = new ByteArrayOutputStream(8 << 10);
    switch (write) {
      case PutChunk put -> {
        out.writeBytes(action("index", generation.chunks(), write));
        out.writeBytes(json.writeValueAsBytes(put.entry()));
        out.write('\n');
      }
      case DeleteChunk delete -> out.writeBytes(action("delete", generation.chunks(), write));
      case PutManifest put -> {
        out.writeBytes(action("index", generation.documents(), write));
        out.writeBytes(json.writeValueAsBytes(put.manifest()));
        out.write('\n');
      }
    }
    return out.toByteArray();
  }

  private byte[] action(String name, String index, BulkWrite write) throws JsonProcessingException {
    ObjectNode action = json.createObjectNode();
    action
        .putObject(name)
        .put("_index", index)
        .put("_id", write.id())
        .put("version", write.revision())
        // A delete may meet the entry at its own version: a revision that is refused half-written.
        .put("version_type", write instanceof DeleteChunk ? "external_gte" : "external");
    byte[] line = json.writeValueAsBytes(action);
    byte[] ended = java.util.Arrays.copyOf(line, line.length + 1);
    ended[line.length] = '\n';
    return ended;
  }
}
