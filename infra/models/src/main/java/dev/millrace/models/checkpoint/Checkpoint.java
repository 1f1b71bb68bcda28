package dev.millrace.models.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All tensors of a model, in one safetensors file or in shards with an index, mapped and not
 * copied. Tensor views stay valid after {@link #close()}.
 */
public final class Checkpoint implements AutoCloseable {

  /** The file name, less its ending, that model weights have by convention. */
  public static final String MODEL = "model";

  /** The file name, less its ending, that LoRA adapters have by convention. */
  public static final String ADAPTER = "adapter_model";

  private final Path origin;
  private final List<SafetensorsFile> files;
  private final Map<String, Tensor> tensors;

  private Checkpoint(Path origin, List<SafetensorsFile> files, Map<String, Tensor> tensors) {
    this.origin = origin;
    this.files = files;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * Opens a {@code .safetensors} file, or the {@code model.safetensors} or {@code
   * model.safetensors.index.json} of a directory.
   *
   * @throws CheckpointException if there is none, or a file of it is missing, truncated or damaged
   */
  public static Checkpoint open(Path path) {
    return Files.isDirectory(path) ? open(path, MODEL) : single(path);
  }

  /** Opens {@code stem.safetensors} or {@code stem.safetensors.index.json} of a directory. */
  public static Checkpoint open(Path directory, String stem) {
    Path file = directory.resolve(stem + ".safetensors");
    if (Files.exists(file)) {
      return single(file);
    }
    Path index = directory.resolve(stem + ".safetensors.index.json");
    if (Files.exists(index)) {
      return sharded(directory, ShardIndex.read(index), index);
    }
    throw new CheckpointException(missing(directory, stem));
  }

  private static String missing(Path directory, String stem) {
    if (!Files.isDirectory(directory)) {
      return directory + ": no such directory";
    }
    boolean pickled =
        Files.exists(directory.resolve("pytorch_model.bin"))
            || Files.exists(directory.resolve("pytorch_model.bin.index.json"));
    return "%s holds no %s.safetensors and no %s.safetensors.index.json%s"
        .formatted(
            directory,
            stem,
            stem,
            pickled ? "; pytorch_model.bin is not read, convert it to safetensors" : "");
  }

  private static Checkpoint single(Path path) {
    SafetensorsFile file = SafetensorsFile.open(path);
    return new Checkpoint(path, List.of(file), file.tensors());
  }

  private static Checkpoint sharded(Path directory, ShardIndex index, Path origin) {
    List<SafetensorsFile> files = new ArrayList<>();
    try {
      Map<String, SafetensorsFile> byName = new LinkedHashMap<>();
      for (String shard : index.shards(directory)) {
        SafetensorsFile file = SafetensorsFile.open(directory.resolve(shard));
        files.add(file);
        byName.put(shard, file);
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      List<String> lost = new ArrayList<>();
      index
          .shardOfTensor()
          .forEach(
              (name, shard) -> {
                Tensor tensor = byName.get(shard).tensors().get(name);
                if (tensor == null) {
                  lost.add(name + " (in " + shard + ")");
                } else {
                  tensors.put(name, tensor);
                }
              });
      if (!lost.isEmpty()) {
        throw new CheckpointException(
            origin + " names tensors that their shards do not hold: " + String.join(", ", lost));
      }
      return new Checkpoint(origin, List.copyOf(files), tensors);
    } catch (RuntimeException e) {
      files.forEach(SafetensorsFile::close);
      throw e;
    }
  }

  /** The file that was opened: the index where there are shards. */
  public Path origin() {
    return origin;
  }

  /** All tensors by name. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * @throws CheckpointException if there is no such tensor
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new CheckpointException(origin + " has no tensor " + name);
    }
    return tensor;
  }

  /** SHA-256 over the canonical bytes of all tensors, see {@link TensorDigest}. */
  public String sha256() {
    return TensorDigest.sha256(tensors.values());
  }

  /**
   * @throws CheckpointException if {@link #sha256()} is not {@code expected} (hexadecimal)
   */
  public void requireSha256(String expected) {
    String actual = sha256();
    if (!actual.equalsIgnoreCase(expected)) {
      throw new CheckpointException(
          "%s: sha256 of the tensors is %s, expected %s".formatted(origin, actual, expected));
    }
  }

  /**
   * @throws CheckpointException naming every missing, extra or wrongly shaped tensor
   */
  public void require(TensorExpectation expectation) {
    expectation.check(origin.toString(), tensors.values());
  }

  /**
   * Reads every floating tensor once.
   *
   * @throws CheckpointException naming each tensor with a NaN or an infinity in it
   */
  public void requireFinite() {
    NonFinite.require(origin.toString(), tensors.values());
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }

  /** Writes {@code model.safetensors}, in one file. */
  public static void write(Path directory, Collection<? extends Tensor> tensors) {
    ShardedWriter.write(directory, MODEL, tensors, Long.MAX_VALUE);
  }

  /**
   * Writes {@code stem.safetensors}, or shards of at most {@code maxShardBytes} of tensor data (a
   * larger tensor stands alone) with {@code stem.safetensors.index.json}.
   */
  public static void write(
      Path directory, String stem, Collection<? extends Tensor> tensors, long maxShardBytes) {
    ShardedWriter.write(directory, stem, tensors, maxShardBytes);
  }
}
