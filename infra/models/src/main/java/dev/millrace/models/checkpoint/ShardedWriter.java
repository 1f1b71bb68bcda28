package dev.millrace.models.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Spreads tensors over files in the order of their names, and leaves no shard of an older set. */
final class ShardedWriter {

  private ShardedWriter() {}

  static void write(
      Path directory, String stem, Collection<? extends Tensor> tensors, long maxShardBytes) {
    if (maxShardBytes <= 0) {
      throw new IllegalArgumentException("maxShardBytes must be positive: " + maxShardBytes);
    }
    if (tensors.isEmpty()) {
      throw new IllegalArgumentException("no tensors to write into " + directory);
    }
    List<List<Tensor>> shards = split(tensors, maxShardBytes);
    Path single = directory.resolve(stem + ".safetensors");
    Path index = directory.resolve(stem + ".safetensors.index.json");
    try {
      if (shards.size() == 1) {
        SafetensorsWriter.write(single, shards.getFirst());
        Files.deleteIfExists(index);
      } else {
        writeShards(directory, stem, shards, index);
        Files.deleteIfExists(single);
      }
      deleteOtherShards(directory, stem, shards.size());
    } catch (IOException e) {
      throw new UncheckedIOException(directory + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static void writeShards(
      Path directory, String stem, List<List<Tensor>> shards, Path index) throws IOException {
    Map<String, String> shardOfTensor = new HashMap<>();
    long total = 0;
    for (int i = 0; i < shards.size(); i++) {
      String name = shardName(stem, i + 1, shards.size());
      SafetensorsWriter.write(directory.resolve(name), shards.get(i));
      for (Tensor tensor : shards.get(i)) {
        shardOfTensor.put(tensor.name(), name);
        total += tensor.byteLength();
      }
    }
    AtomicFiles.write(index, new ShardIndex(shardOfTensor).toJson(total));
  }

  private static List<List<Tensor>> split(Collection<? extends Tensor> tensors, long limit) {
    List<List<Tensor>> shards = new ArrayList<>();
    long room = 0;
    for (Tensor tensor :
        tensors.stream()
            .map(Tensor.class::cast)
            .sorted(Comparator.comparing(Tensor::name))
            .toList()) {
      if (shards.isEmpty() || tensor.byteLength() > room) {
        shards.add(new ArrayList<>());
        room = limit;
      }
      shards.getLast().add(tensor);
      room -= tensor.byteLength();
    }
    return shards;
  }

  private static String shardName(String stem, int number, int count) {
    return "%s-%05d-of-%05d.safetensors".formatted(stem, number, count);
  }

  private static void deleteOtherShards(Path directory, String stem, int count) throws IOException {
    String ours = count == 1 ? "" : "-of-%05d.safetensors".formatted(count);
    List<Path> old;
    try (Stream<Path> files = Files.list(directory)) {
      old =
          files
              .filter(
                  f ->
                      f.getFileName()
                          .toString()
                          .matches(Pattern.quote(stem) + "-\\d{5}-of-\\d{5}\\.safetensors"))
              .filter(f -> count == 1 || !f.getFileName().toString().endsWith(ours))
              .toList();
    }
    for (Path file : old) {
      Files.delete(file);
    }
  }
}
