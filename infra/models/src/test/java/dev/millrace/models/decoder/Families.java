package dev.millrace.models.decoder;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/** One small config.json for every family and every kind of rotary scaling. */
public final class Families {

  private static final String BASE =
      """
      "vocab_size": 61, "hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4,
      "num_key_value_heads": 2, "intermediate_size": 44, "max_position_embeddings": 128,
      "rms_norm_eps": 1e-6, "rope_theta": 10000.0, "initializer_range": 0.2, "hidden_act": "silu"
      """;

  private Families() {}

  public static Map<String, DecoderConfig> all() {
    Map<String, DecoderConfig> out = new LinkedHashMap<>();
    out.put("llama", config("LlamaForCausalLM", "\"tie_word_embeddings\": false"));
    out.put(
        "llama, biases",
        config("LlamaForCausalLM", "\"attention_bias\": true, \"mlp_bias\": true"));
    out.put("llama3 scaling", config("LlamaForCausalLM", scaling("llama3", 4)));
    out.put("linear scaling", config("LlamaForCausalLM", scaling("linear", 2)));
    out.put("dynamic scaling", config("LlamaForCausalLM", scaling("dynamic", 2)));
    out.put("yarn scaling", config("Qwen2ForCausalLM", scaling("yarn", 4)));
    out.put("mistral, window", config("MistralForCausalLM", "\"sliding_window\": 5"));
    out.put("qwen2", config("Qwen2ForCausalLM", "\"tie_word_embeddings\": true"));
    out.put(
        "qwen2, window in upper layers",
        config(
            "Qwen2ForCausalLM",
            "\"use_sliding_window\": true, \"sliding_window\": 4, \"max_window_layers\": 1"));
    out.put("qwen3", config("Qwen3ForCausalLM", "\"head_dim\": 12, \"tie_word_embeddings\": true"));
    return out;
  }

  private static String scaling(String type, int factor) {
    return """
    "rope_scaling": {"rope_type": "%s", "factor": %d.0, "original_max_position_embeddings": 32}
    """
        .formatted(type, factor);
  }

  static DecoderConfig config(String architecture, String more) {
    try {
      return DecoderConfigJson.parse(
          new ObjectMapper()
              .readTree(
                  "{\"architectures\": [\"%s\"], %s, %s}".formatted(architecture, BASE, more)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int[] tokens(int n, int vocab, long seed) {
    return new SplittableRandom(seed).ints(n, 0, vocab).toArray();
  }
}
