package dev.millrace.models.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads and writes config.json, as Hugging Face models of the supported families carry it. */
public final class DecoderConfigJson {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> ARCHITECTURE_OF_TYPE =
      Map.of(
          "llama", "LlamaForCausalLM",
          "mistral", "MistralForCausalLM",
          "qwen2", "Qwen2ForCausalLM",
          "qwen3", "Qwen3ForCausalLM");

  private DecoderConfigJson() {}

  /**
   * Reads {@code config.json} of a directory, or a file.
   *
   * @throws IllegalArgumentException naming the setting that is missing or not supported
   */
  public static DecoderConfig read(Path path) {
    Path file = Files.isDirectory(path) ? path.resolve("config.json") : path;
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(file + " does not exist: this is no model directory");
    }
    try {
      return parse(JSON.readTree(file.toFile()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " is no JSON: " + e.getMessage(), e);
    }
  }

  /** Reads the tree of a config.json. */
  public static DecoderConfig parse(JsonNode json) {
    String type = json.path("model_type").asText("");
    String architecture =
        json.path("architectures").path(0).asText(ARCHITECTURE_OF_TYPE.getOrDefault(type, type));
    if (!DecoderConfig.SUPPORTED.contains(architecture)) {
      throw new IllegalArgumentException(
          "unsupported decoder '%s': supported are %s"
              .formatted(architecture, String.join(", ", DecoderConfig.SUPPORTED)));
    }
    if (!json.path("hidden_act").asText("silu").equals("silu")) {
      throw new IllegalArgumentException(
          "hidden_act '" + json.path("hidden_act").asText() + "' is not supported, only silu");
    }
    if (json.path("partial_rotary_factor").asDouble(1) != 1) {
      throw new IllegalArgumentException("partial_rotary_factor other than 1 is not supported");
    }
    boolean qwen2 = architecture.equals("Qwen2ForCausalLM");
    int hidden = required(json, "hidden_size");
    int layers = required(json, "num_hidden_layers");
    int heads = required(json, "num_attention_heads");
    int maxPositions = json.path("max_position_embeddings").asInt(2048);
    int window = window(json, architecture);
    boolean attentionBias = json.path("attention_bias").asBoolean(false);
    return new DecoderConfig(
        architecture,
        required(json, "vocab_size"),
        hidden,
        layers,
        heads,
        json.path("num_key_value_heads").asInt(heads),
        json.path("head_dim").isInt() ? json.path("head_dim").asInt() : hidden / heads,
        required(json, "intermediate_size"),
        json.path("rms_norm_eps").asDouble(1e-6),
        maxPositions,
        ropeNode(json).path("rope_theta").asDouble(json.path("rope_theta").asDouble(10_000)),
        RopeScalingJson.parse(ropeNode(json), maxPositions),
        json.path("tie_word_embeddings").asBoolean(false),
        qwen2 || attentionBias,
        attentionBias && !qwen2,
        json.path("mlp_bias").asBoolean(false),
        architecture.equals("Qwen3ForCausalLM"),
        window,
        windowed(json, layers, window, architecture),
        json.path("initializer_range").asDouble(0.02));
  }

  private static JsonNode ropeNode(JsonNode json) {
    JsonNode current = json.path("rope_parameters");
    return current.isObject() ? current : json.path("rope_scaling");
  }

  private static int window(JsonNode json, String architecture) {
    int window = json.path("sliding_window").asInt(0);
    boolean used =
        architecture.startsWith("Mistral") || json.path("use_sliding_window").asBoolean();
    return used ? window : 0;
  }

  private static List<Boolean> windowed(
      JsonNode json, int layers, int window, String architecture) {
    List<Boolean> out = new ArrayList<>();
    JsonNode types = json.path("layer_types");
    if (window > 0 && types.isArray()) {
      types.forEach(type -> out.add(type.asText().equals("sliding_attention")));
      return out;
    }
    int from = architecture.startsWith("Mistral") ? 0 : json.path("max_window_layers").asInt(0);
    for (int l = 0; l < layers; l++) {
      out.add(window > 0 && l >= from);
    }
    return out;
  }

  private static int required(JsonNode json, String name) {
    if (!json.path(name).canConvertToInt() || !json.path(name).isNumber()) {
      throw new IllegalArgumentException("setting '" + name + "' is missing");
    }
    return json.path(name).asInt();
  }

  /** The tree of a config.json that {@link #parse} and other tools read back. */
  public static ObjectNode write(DecoderConfig config) {
    ObjectNode json = JSON.createObjectNode();
    json.putArray("architectures").add(config.architecture());
    json.put(
        "model_type",
        ARCHITECTURE_OF_TYPE.entrySet().stream()
            .filter(e -> e.getValue().equals(config.architecture()))
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow());
    json.put("vocab_size", config.vocab());
    json.put("hidden_size", config.hidden());
    json.put("num_hidden_layers", config.layers());
    json.put("num_attention_heads", config.heads());
    json.put("num_key_value_heads", config.kvHeads());
    json.put("head_dim", config.headDim());
    json.put("intermediate_size", config.ffn());
    json.put("hidden_act", "silu");
    json.put("rms_norm_eps", config.eps());
    json.put("max_position_embeddings", config.maxPositions());
    json.put("rope_theta", config.ropeTheta());
    RopeScalingJson.write(json, config.rope());
    json.put("tie_word_embeddings", config.tied());
    json.put(
        "attention_bias", config.qkvBias() && !config.architecture().equals("Qwen2ForCausalLM"));
    json.put("mlp_bias", config.mlpBias());
    json.put("initializer_range", config.initStd());
    json.put("torch_dtype", "float32");
    if (config.slidingWindow() > 0) {
      json.put("sliding_window", config.slidingWindow());
      json.put("use_sliding_window", true);
      json.put("max_window_layers", Math.max(0, config.windowed().indexOf(true)));
      var types = json.putArray("layer_types");
      config.windowed().forEach(w -> types.add(w ? "sliding_attention" : "full_attention"));
    }
    return json;
  }
}
