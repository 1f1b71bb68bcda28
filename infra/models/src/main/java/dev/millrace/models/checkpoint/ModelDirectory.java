package dev.millrace.models.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A model as Hugging Face lays it out: config.json, safetensors, and the files of its tokenizer.
 * What {@link #save} writes is such a directory again.
 */
public final class ModelDirectory {

  public static final String CONFIG = "config.json";
  public static final String TOKENIZER = "tokenizer.json";
  public static final String TOKENIZER_CONFIG = "tokenizer_config.json";

  /** Larger weights are split, as other tools do. */
  public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

  /** What travels with the weights when a model is trained on and saved elsewhere. */
  private static final List<String> COMPANIONS =
      List.of(
          TOKENIZER,
          TOKENIZER_CONFIG,
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.jinja",
          "vocab.json",
          "merges.txt",
          "vocab.txt",
          "tokenizer.model",
          "generation_config.json",
          "modules.json",
          "sentence_bert_config.json",
          "1_Pooling/config.json");

  private static final JsonMapper JSON = new JsonMapper();

  private final Path path;
  private final ObjectNode config;

  private ModelDirectory(Path path, ObjectNode config) {
    this.path = path;
    this.config = config;
  }

  /**
   * @throws CheckpointException if the directory, or a readable config.json in it, is missing
   */
  public static ModelDirectory open(Path path) {
    Objects.requireNonNull(path, "path");
    if (!Files.isDirectory(path)) {
      throw new CheckpointException(path + ": no such directory");
    }
    Path file = path.resolve(CONFIG);
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          path + " holds no config.json: is it a Hugging Face model directory?");
    }
    return new ModelDirectory(path, readObject(file));
  }

  public Path path() {
    return path;
  }

  /** A copy of config.json. */
  public ObjectNode config() {
    return config.deepCopy();
  }

  /**
   * Opens the weights; the caller closes them.
   *
   * @throws CheckpointException if there are none
   */
  public Checkpoint weights() {
    return Checkpoint.open(path);
  }

  /**
   * @throws CheckpointException if there is none
   */
  public Path tokenizer() {
    return file(TOKENIZER)
        .orElseThrow(
            () ->
                new CheckpointException(
                    path
                        + " holds no tokenizer.json; a tokenizer.model or vocab.txt alone is not"
                        + " read, convert it with the tool that wrote it"));
  }

  /** tokenizer_config.json, an empty object where there is none. */
  public ObjectNode tokenizerConfig() {
    return file(TOKENIZER_CONFIG).map(ModelDirectory::readObject).orElseGet(JSON::createObjectNode);
  }

  /** A file of this directory, if it is there. */
  public Optional<Path> file(String name) {
    return Optional.of(path.resolve(name)).filter(Files::isRegularFile);
  }

  /**
   * Writes a model directory that appears whole or not at all. Tokenizer, chat template and
   * generation settings are copied from this one.
   *
   * @param target must not exist, or be an empty directory
   * @param config written as config.json
   */
  public void saveAs(Path target, JsonNode config, Collection<? extends Tensor> tensors) {
    write(target, config, tensors, this);
  }

  /**
   * Writes a model directory without a tokenizer that appears whole or not at all.
   *
   * @param target must not exist, or be an empty directory
   */
  public static ModelDirectory save(
      Path target, JsonNode config, Collection<? extends Tensor> tensors) {
    write(target, config, tensors, null);
    return open(target);
  }

  private static void write(
      Path target, JsonNode config, Collection<? extends Tensor> tensors, ModelDirectory origin) {
    Path absolute = target.toAbsolutePath().normalize();
    try {
      requireFree(absolute);
      Files.createDirectories(absolute.getParent());
      Path staged =
          Files.createTempDirectory(
              absolute.getParent(), "." + absolute.getFileName() + ".partial.");
      try {
        Checkpoint.write(staged, Checkpoint.MODEL, tensors, DEFAULT_SHARD_BYTES);
        if (origin != null) {
          origin.copyCompanions(staged);
        }
        AtomicFiles.write(
            staged.resolve(CONFIG),
            JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config));
        AtomicFiles.readableByOthers(staged);
        Files.deleteIfExists(absolute);
        Files.move(staged, absolute, StandardCopyOption.ATOMIC_MOVE);
        AtomicFiles.forceDirectory(absolute.getParent());
      } finally {
        deleteTree(staged);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(target + ": cannot be written: " + e.getMessage(), e);
    }
  }

  private static void requireFree(Path target) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    boolean empty = false;
    if (Files.isDirectory(target)) {
      try (Stream<Path> files = Files.list(target)) {
        empty = files.findAny().isEmpty();
      }
    }
    if (!empty) {
      throw new CheckpointException(
          target + " exists and is not empty; choose another place or remove it");
    }
  }

  private void copyCompanions(Path into) throws IOException {
    for (String name : COMPANIONS) {
      Path from = path.resolve(name);
      if (Files.isRegularFile(from)) {
        Files.createDirectories(into.resolve(name).getParent());
        Files.copy(from, into.resolve(name));
      }
    }
  }

  private static void deleteTree(Path directory) throws IOException {
    if (Files.exists(directory)) {
      try (Stream<Path> tree = Files.walk(directory)) {
        for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }

  private static ObjectNode readObject(Path file) {
    try {
      if (JSON.readTree(Files.readAllBytes(file)) instanceof ObjectNode object) {
        return object;
      }
      throw new CheckpointException(file + ": is not a JSON object");
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "%s: is not JSON: %s (line %d)"
              .formatted(
                  file,
                  e.getOriginalMessage(),
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr()),
          e);
    } catch (IOException e) {
      throw new CheckpointException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
