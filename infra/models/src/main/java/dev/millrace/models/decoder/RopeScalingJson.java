package dev.millrace.models.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** The {@code rope_scaling} (or {@code rope_parameters}) object of config.json. */
final class RopeScalingJson {

  private RopeScalingJson() {}

  static RopeScaling parse(JsonNode json, int maxPositions) {
    if (!json.isObject()) {
      return new RopeScaling.None();
    }
    String type = json.path("rope_type").asText(json.path("type").asText("default"));
    int original = json.path("original_max_position_embeddings").asInt(maxPositions);
    return switch (type) {
      case "default" -> new RopeScaling.None();
      case "linear" -> new RopeScaling.Linear(factor(json));
      case "dynamic" -> new RopeScaling.Dynamic(factor(json), original);
      case "llama3" ->
          new RopeScaling.Llama3(
              factor(json),
              json.path("low_freq_factor").asDouble(1),
              json.path("high_freq_factor").asDouble(4),
              original);
      case "yarn" ->
          new RopeScaling.Yarn(
              factor(json),
              json.path("beta_fast").asDouble(32),
              json.path("beta_slow").asDouble(1),
              original,
              magnitude(json),
              json.path("truncate").asBoolean(true));
      default ->
          throw new IllegalArgumentException(
              "rope type '"
                  + type
                  + "' is not supported: supported are default, linear, dynamic, llama3, yarn");
    };
  }

  private static double factor(JsonNode json) {
    double factor = json.path("factor").asDouble(0);
    if (factor < 1) {
      throw new IllegalArgumentException("rope scaling factor must be at least 1, not " + factor);
    }
    return factor;
  }

  private static double magnitude(JsonNode json) {
    if (json.path("attention_factor").isNumber()) {
      return json.path("attention_factor").asDouble();
    }
    double factor = factor(json);
    double mscale = json.path("mscale").asDouble(0);
    double allDim = json.path("mscale_all_dim").asDouble(0);
    return mscale > 0 && allDim > 0
        ? magnitude(factor, mscale) / magnitude(factor, allDim)
        : magnitude(factor, 1);
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }

  static void write(ObjectNode config, RopeScaling rope) {
    if (rope instanceof RopeScaling.None) {
      return;
    }
    ObjectNode json = config.putObject("rope_scaling");
    switch (rope) {
      case RopeScaling.None none -> throw new AssertionError(none);
      case RopeScaling.Linear s -> json.put("rope_type", "linear").put("factor", s.factor());
      case RopeScaling.Dynamic s ->
          json.put("rope_type", "dynamic")
              .put("factor", s.factor())
              .put("original_max_position_embeddings", s.originalPositions());
      case RopeScaling.Llama3 s ->
          json.put("rope_type", "llama3")
              .put("factor", s.factor())
              .put("low_freq_factor", s.lowFactor())
              .put("high_freq_factor", s.highFactor())
              .put("original_max_position_embeddings", s.originalPositions());
      case RopeScaling.Yarn s ->
          json.put("rope_type", "yarn")
              .put("factor", s.factor())
              .put("beta_fast", s.betaFast())
              .put("beta_slow", s.betaSlow())
              .put("original_max_position_embeddings", s.originalPositions())
              .put("attention_factor", s.magnitude())
              .put("truncate", s.truncate());
    }
  }
}
