package dev.millrace.models.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The header of a safetensors file: a length (u64), JSON, then the data that the JSON's offsets
 * count from. Read strictly: every data byte belongs to exactly one tensor.
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata, long dataBytes) {

  /** The limit of the reference implementation. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  static final String METADATA = "__metadata__";

  static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /** A tensor and where its bytes lie, counted from the end of the header. */
  record Entry(TensorInfo info, long begin, long end) {}

  static SafetensorsHeader parse(byte[] json, String file) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          file + ": the header is not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": the header cannot be read: " + e.getMessage(), e);
    }
    if (!root.isObject()) {
      throw new CheckpointException(file + ": the header is not a JSON object");
    }
    Map<String, String> metadata = new LinkedHashMap<>();
    List<Entry> entries = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (field.getKey().equals(METADATA)) {
        field.getValue().properties().forEach(e -> metadata.put(e.getKey(), e.getValue().asText()));
      } else {
        entries.add(entry(field.getKey(), field.getValue(), file));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    long at = 0;
    String previous = "the header";
    for (Entry entry : entries) {
      if (entry.begin != at) {
        throw new CheckpointException(
            "%s: tensor %s begins at byte %d, %s after %s, which ends at %d"
                .formatted(
                    file,
                    entry.info.name(),
                    entry.begin,
                    entry.begin < at ? "overlapping" : "with a hole",
                    previous,
                    at));
      }
      at = entry.end;
      previous = "tensor " + entry.info.name();
    }
    return new SafetensorsHeader(List.copyOf(entries), Map.copyOf(metadata), at);
  }

  private static Entry entry(String name, JsonNode node, String file) {
    String typeName = node.path("dtype").asText();
    TensorType type =
        TensorType.named(typeName)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "%s: tensor %s has the unknown dtype '%s'; known are %s"
                            .formatted(file, name, typeName, List.of(TensorType.values()))));
    long[] shape = integers(node.path("shape"), name, "shape", file);
    long[] offsets = integers(node.path("data_offsets"), name, "data_offsets", file);
    if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
      throw new CheckpointException(
          "%s: tensor %s has the data_offsets %s; expected [begin, end]"
              .formatted(file, name, node.path("data_offsets")));
    }
    TensorInfo info;
    try {
      info = new TensorInfo(name, type, shape);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(file + ": " + e.getMessage(), e);
    }
    if (info.byteLength() != offsets[1] - offsets[0]) {
      throw new CheckpointException(
          "%s: tensor %s needs %d bytes but its offsets give %d"
              .formatted(file, info, info.byteLength(), offsets[1] - offsets[0]));
    }
    return new Entry(info, offsets[0], offsets[1]);
  }

  private static long[] integers(JsonNode array, String tensor, String field, String file) {
    long[] values = new long[array.size()];
    boolean valid = array.isArray();
    for (int i = 0; i < values.length; i++) {
      valid &= array.path(i).isIntegralNumber() && array.path(i).canConvertToLong();
      values[i] = array.path(i).asLong();
    }
    if (!valid) {
      throw new CheckpointException(
          "%s: tensor %s: %s is %s; expected an array of integers"
              .formatted(file, tensor, field, array.isMissingNode() ? "missing" : array));
    }
    return values;
  }
}
