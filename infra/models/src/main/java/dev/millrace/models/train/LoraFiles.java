package dev.millrace.models.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.DecoderWeights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/** Adapters on disk, in the usual layout: adapter_config.json and adapter_model.safetensors. */
public final class LoraFiles {

  private static final ObjectMapper JSON = new ObjectMapper();

  private LoraFiles() {}

  /** Writes an adapter. */
  public static void save(Lora lora, Path directory) {
    save(lora.settings(), lora.views(), directory);
  }

  /** Writes an adapter whose tensors lie outside of libtorch. */
  public static void save(
      Lora.Settings settings, Collection<? extends Tensor> tensors, Path directory) {
    try {
      Files.createDirectories(directory);
      Checkpoint.write(directory, Checkpoint.ADAPTER, tensors, Long.MAX_VALUE);
      Files.writeString(
          directory.resolve(LoraConfigJson.FILE),
          LoraConfigJson.write(settings).toPrettyString() + "\n",
          StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the adapter to " + directory, e);
    }
  }

  /**
   * Reads an adapter for a model.
   *
   * @throws IllegalArgumentException if it is no LoRA adapter of a kind that is supported
   * @throws dev.millrace.models.checkpoint.CheckpointException if its tensors do not fit the model
   */
  public static Lora load(DecoderWeights weights, Path directory) {
    Lora.Settings settings = settings(directory);
    try (Checkpoint checkpoint = Checkpoint.open(directory, Checkpoint.ADAPTER)) {
      checkpoint.requireFinite();
      return Lora.of(weights, settings, directory.toString(), checkpoint.tensors().values());
    }
  }

  /**
   * The settings of an adapter.
   *
   * @throws IllegalArgumentException if it is no LoRA adapter of a kind that is supported
   */
  public static Lora.Settings settings(Path directory) {
    Path file = directory.resolve(LoraConfigJson.FILE);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(file + " does not exist: this is no adapter directory");
    }
    try {
      return LoraConfigJson.parse(JSON.readTree(file.toFile()), file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(file + " is no JSON: " + e.getMessage(), e);
    }
  }
}
