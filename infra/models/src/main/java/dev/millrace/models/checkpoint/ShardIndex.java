package dev.millrace.models.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** The {@code model.safetensors.index.json} of a sharded checkpoint: which shard holds a tensor. */
record ShardIndex(Map<String, String> shardOfTensor) {

  static ShardIndex read(Path file) {
    JsonNode map;
    try {
      map = SafetensorsHeader.JSON.readTree(Files.readAllBytes(file)).path("weight_map");
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read as JSON: " + firstLine(e), e);
    }
    if (!map.isObject() || map.isEmpty()) {
      throw new CheckpointException(file + ": has no weight_map from tensor names to shards");
    }
    Map<String, String> shards = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      String shard = entry.getValue().asText();
      // A shard lies beside its index: a path out of the directory is damage or malice.
      if (shard.isEmpty() || shard.contains("/") || shard.contains("\\") || shard.contains("..")) {
        throw new CheckpointException(
            file + ": tensor " + entry.getKey() + " is in '" + shard + "', which is no file name");
      }
      shards.put(entry.getKey(), shard);
    }
    return new ShardIndex(shards);
  }

  private static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  /** Names of the shard files, sorted, all of them present. */
  List<String> shards(Path directory) {
    List<String> shards = List.copyOf(new TreeSet<>(shardOfTensor.values()));
    List<String> missing =
        shards.stream().filter(shard -> !Files.exists(directory.resolve(shard))).toList();
    if (!missing.isEmpty()) {
      throw new CheckpointException(
          "%s lacks %d of %d shards: %s"
              .formatted(directory, missing.size(), shards.size(), String.join(", ", missing)));
    }
    return shards;
  }

  byte[] toJson(long totalBytes) throws IOException {
    ObjectNode root = SafetensorsHeader.JSON.createObjectNode();
    root.putObject("metadata").put("total_size", totalBytes);
    SortedMap<String, String> sorted = new TreeMap<>(shardOfTensor);
    sorted.forEach(root.putObject("weight_map")::put);
    return SafetensorsHeader.JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
  }
}
