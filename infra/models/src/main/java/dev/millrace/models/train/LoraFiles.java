package dev.millrace.models.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorExpectation;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.NativeTensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Adapters on disk, in the usual layout: adapter_config.json and adapter_model.safetensors. */
public final class LoraFiles {

  private static final ObjectMapper JSON = new ObjectMapper();

  private LoraFiles() {}

  /** Writes an adapter. */
  public static void save(Lora lora, Path directory) {
    ObjectNode config = JSON.createObjectNode();
    config.put("peft_type", "LORA");
    config.put("task_type", "CAUSAL_LM");
    config.put("r", lora.settings().rank());
    config.put("lora_alpha", lora.settings().alpha());
    config.put("lora_dropout", lora.settings().dropout());
    config.put("bias", "none");
    config.put("fan_in_fan_out", false);
    var targets = config.putArray("target_modules");
    new TreeSet<>(lora.settings().targets()).forEach(targets::add);
    List<Tensor> tensors = new ArrayList<>();
    lora.tensors().forEach((name, tensor) -> tensors.add(NativeTensors.view(name, tensor)));
    try {
      Files.createDirectories(directory);
      Checkpoint.write(directory, Checkpoint.ADAPTER, tensors, Long.MAX_VALUE);
      Files.writeString(
          directory.resolve("adapter_config.json"),
          config.toPrettyString() + "\n",
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
    Lora.Settings settings = settings(directory.resolve("adapter_config.json"));
    try (Checkpoint checkpoint = Checkpoint.open(directory, Checkpoint.ADAPTER)) {
      checkpoint.require(TensorExpectation.of("a LoRA adapter", Lora.shapes(weights, settings)));
      checkpoint.requireFinite();
      return Lora.of(weights, settings, checkpoint.tensors());
    }
  }

  private static Lora.Settings settings(Path file) {
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(file + " does not exist: this is no adapter directory");
    }
    try {
      JsonNode json = JSON.readTree(file.toFile());
      if (!json.path("peft_type").asText().equals("LORA") || json.path("use_dora").asBoolean()) {
        throw new IllegalArgumentException(file + ": only plain LoRA adapters are supported");
      }
      Set<String> targets = new LinkedHashSet<>();
      json.path("target_modules").forEach(target -> targets.add(target.asText()));
      return new Lora.Settings(
          json.path("r").asInt(),
          json.path("lora_alpha").asDouble(),
          json.path("lora_dropout").asDouble(),
          targets);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " is no JSON: " + e.getMessage(), e);
    }
  }
}
