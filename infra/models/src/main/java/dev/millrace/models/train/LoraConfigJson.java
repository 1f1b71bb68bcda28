package dev.millrace.models.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.decoder.DecoderLayout;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** An adapter's settings as the {@code adapter_config.json} of the usual layout. */
public final class LoraConfigJson {

  /** The name of the file. */
  public static final String FILE = "adapter_config.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What would make an adapter mean something else than {@link Lora}, where it is set. */
  private static final List<String> OTHERWISE =
      List.of(
          "use_dora",
          "use_rslora",
          "fan_in_fan_out",
          "rank_pattern",
          "alpha_pattern",
          "modules_to_save",
          "layers_to_transform",
          "layer_replication",
          "target_parameters",
          "exclude_modules",
          "trainable_token_indices",
          "alora_invocation_tokens",
          "lora_bias");

  private LoraConfigJson() {}

  /** As it is written. */
  public static ObjectNode write(Lora.Settings settings) {
    ObjectNode config = JSON.createObjectNode();
    config.put("peft_type", "LORA");
    config.put("task_type", "CAUSAL_LM");
    config.putNull("base_model_name_or_path");
    config.put("r", settings.rank());
    config.put("lora_alpha", settings.alpha());
    config.put("lora_dropout", settings.dropout());
    config.put("bias", "none");
    config.put("fan_in_fan_out", false);
    var targets = config.putArray("target_modules");
    new TreeSet<>(settings.targets()).forEach(targets::add);
    return config;
  }

  /**
   * Reads settings.
   *
   * @param origin names the file in messages
   * @throws IllegalArgumentException if it is no LoRA adapter of a kind that is supported
   */
  public static Lora.Settings parse(JsonNode json, String origin) {
    if (!json.path("peft_type").asText().equals("LORA")) {
      throw new IllegalArgumentException(origin + ": only plain LoRA adapters are supported");
    }
    for (String key : OTHERWISE) {
      JsonNode value = json.path(key);
      if (value.asBoolean() || value.isContainerNode() && !value.isEmpty() || value.isTextual()) {
        throw new IllegalArgumentException(
            "%s: only plain LoRA adapters are supported, this one has %s %s"
                .formatted(origin, key, value));
      }
    }
    if (!json.path("bias").asText("none").equals("none")) {
      throw new IllegalArgumentException(origin + ": adapters that train biases are not supported");
    }
    try {
      return new Lora.Settings(
          json.path("r").asInt(),
          json.path("lora_alpha").asDouble(),
          json.path("lora_dropout").asDouble(),
          targets(json.path("target_modules")));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(origin + ": " + e.getMessage(), e);
    }
  }

  private static Set<String> targets(JsonNode modules) {
    if (modules.asText().equals("all-linear")) {
      return Set.copyOf(DecoderLayout.PROJECTIONS);
    }
    Set<String> targets = new LinkedHashSet<>();
    modules.forEach(target -> targets.add(target.asText()));
    return targets;
  }
}
