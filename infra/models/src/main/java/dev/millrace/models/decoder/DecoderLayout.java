package dev.millrace.models.decoder;

import dev.millrace.models.checkpoint.TensorExpectation;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The weights of a decoder in the order in which its script takes them, by their Hugging Face
 * names: embedding, blocks, final norm, head (where it is not tied). The script's {@code
 * per_layer}, {@code bias_at} and so on are derived from the same list.
 */
public final class DecoderLayout {

  /** The projections that LoRA can adapt, in the order of the script. */
  public static final List<String> PROJECTIONS =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

  private final Map<String, long[]> shapes;
  private final int perLayer;

  private DecoderLayout(Map<String, long[]> shapes, int perLayer) {
    this.shapes = Collections.unmodifiableMap(shapes);
    this.perLayer = perLayer;
  }

  /** The layout of a model. */
  public static DecoderLayout of(DecoderConfig c) {
    Map<String, long[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new long[] {c.vocab(), c.hidden()});
    int before = shapes.size();
    for (int l = 0; l < c.layers(); l++) {
      addLayer(shapes, c, "model.layers." + l + ".");
    }
    int perLayer = (shapes.size() - before) / c.layers();
    shapes.put("model.norm.weight", new long[] {c.hidden()});
    if (!c.tied()) {
      shapes.put("lm_head.weight", new long[] {c.vocab(), c.hidden()});
    }
    return new DecoderLayout(shapes, perLayer);
  }

  private static void addLayer(Map<String, long[]> shapes, DecoderConfig c, String at) {
    int q = c.heads() * c.headDim();
    int kv = c.kvHeads() * c.headDim();
    shapes.put(at + "input_layernorm.weight", new long[] {c.hidden()});
    shapes.put(at + "self_attn.q_proj.weight", new long[] {q, c.hidden()});
    shapes.put(at + "self_attn.k_proj.weight", new long[] {kv, c.hidden()});
    shapes.put(at + "self_attn.v_proj.weight", new long[] {kv, c.hidden()});
    shapes.put(at + "self_attn.o_proj.weight", new long[] {c.hidden(), q});
    shapes.put(at + "post_attention_layernorm.weight", new long[] {c.hidden()});
    shapes.put(at + "mlp.gate_proj.weight", new long[] {c.ffn(), c.hidden()});
    shapes.put(at + "mlp.up_proj.weight", new long[] {c.ffn(), c.hidden()});
    shapes.put(at + "mlp.down_proj.weight", new long[] {c.hidden(), c.ffn()});
    if (c.qkvBias()) {
      shapes.put(at + "self_attn.q_proj.bias", new long[] {q});
      shapes.put(at + "self_attn.k_proj.bias", new long[] {kv});
      shapes.put(at + "self_attn.v_proj.bias", new long[] {kv});
    }
    if (c.outBias()) {
      shapes.put(at + "self_attn.o_proj.bias", new long[] {c.hidden()});
    }
    if (c.mlpBias()) {
      shapes.put(at + "mlp.gate_proj.bias", new long[] {c.ffn()});
      shapes.put(at + "mlp.up_proj.bias", new long[] {c.ffn()});
      shapes.put(at + "mlp.down_proj.bias", new long[] {c.hidden()});
    }
    if (c.qkNorm()) {
      shapes.put(at + "self_attn.q_norm.weight", new long[] {c.headDim()});
      shapes.put(at + "self_attn.k_norm.weight", new long[] {c.headDim()});
    }
  }

  /** Shape by name, in the script's order. */
  public Map<String, long[]> shapes() {
    return shapes;
  }

  /** Names in the script's order. */
  public List<String> names() {
    return new ArrayList<>(shapes.keySet());
  }

  int perLayer() {
    return perLayer;
  }

  /** What a checkpoint must hold; a tied head may be written out, old buffers are ignored. */
  public TensorExpectation expectation(DecoderConfig config) {
    var expectation =
        TensorExpectation.of(config.architecture(), shapes)
            .ignoring(name -> name.endsWith("rotary_emb.inv_freq"));
    return config.tied()
        ? expectation.withOptional(
            Map.of("lm_head.weight", new long[] {config.vocab(), config.hidden()}))
        : expectation;
  }

  /** The constants that the script is compiled with. */
  static Map<String, Object> constants(DecoderConfig c) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("n_layers", c.layers());
    out.put("n_heads", c.heads());
    out.put("n_kv", c.kvHeads());
    out.put("head_dim", c.headDim());
    out.put("ffn", c.ffn());
    out.put("widening", 0);
    out.put("eps", c.eps());
    out.put("tied", c.tied());
    out.put("qkv_bias", c.qkvBias());
    out.put("out_bias", c.outBias());
    out.put("mlp_bias", c.mlpBias());
    out.put("qk_norm", c.qkNorm());
    out.put("window", c.anyWindow() ? c.slidingWindow() : 0);
    out.put("windowed", c.windowed().stream().map(w -> w ? 1 : 0).toList());
    out.put("per_layer", of(c).perLayer());
    return out;
  }
}
