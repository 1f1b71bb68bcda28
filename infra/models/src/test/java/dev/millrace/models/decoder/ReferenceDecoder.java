package dev.millrace.models.decoder;

import dev.millrace.models.checkpoint.Tensor;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * The decoder once more in plain Java and double precision, written from the papers (Touvron et al.
 * 2023, Su et al. 2021, Zhang and Sennrich 2019) and sharing nothing with the script: the oracle
 * for families that no other implementation on the JVM runs. The rotary table alone is ours; it has
 * its own test.
 */
final class ReferenceDecoder {

  private final DecoderConfig c;
  private final Map<String, double[]> w = new HashMap<>();

  ReferenceDecoder(DecoderConfig config, Collection<Tensor> tensors) {
    this.c = config;
    for (Tensor tensor : tensors) {
      float[] floats = tensor.toFloats();
      double[] values = new double[floats.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = floats[i];
      }
      w.put(tensor.name(), values);
    }
  }

  /** Logits of every position: [tokens][vocab]. */
  double[][] logits(int[] tokens, RopeTable rope) {
    double[][] h = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      h[t] = row(w.get("model.embed_tokens.weight"), tokens[t], c.hidden());
    }
    for (int l = 0; l < c.layers(); l++) {
      block(h, "model.layers." + l + ".", c.windowed().get(l) ? c.slidingWindow() : 0, rope);
    }
    String head = c.tied() ? "model.embed_tokens.weight" : "lm_head.weight";
    double[][] out = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      out[t] = times(w.get(head), norm(h[t], w.get("model.norm.weight")), null);
    }
    return out;
  }

  private void block(double[][] h, String at, int window, RopeTable rope) {
    int n = h.length;
    double[][] q = new double[n][];
    double[][] k = new double[n][];
    double[][] v = new double[n][];
    for (int t = 0; t < n; t++) {
      double[] x = norm(h[t], w.get(at + "input_layernorm.weight"));
      q[t] = rotated(heads(linear(at + "self_attn.q_proj", x), at + "self_attn.q_norm"), t, rope);
      k[t] = rotated(heads(linear(at + "self_attn.k_proj", x), at + "self_attn.k_norm"), t, rope);
      v[t] = linear(at + "self_attn.v_proj", x);
    }
    for (int t = 0; t < n; t++) {
      add(h[t], linear(at + "self_attn.o_proj", attention(q[t], k, v, t, window)));
      double[] x = norm(h[t], w.get(at + "post_attention_layernorm.weight"));
      double[] gate = linear(at + "mlp.gate_proj", x);
      double[] up = linear(at + "mlp.up_proj", x);
      for (int i = 0; i < gate.length; i++) {
        gate[i] = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
      }
      add(h[t], linear(at + "mlp.down_proj", gate));
    }
  }

  private double[] attention(double[] q, double[][] k, double[][] v, int t, int window) {
    int d = c.headDim();
    int from = window > 0 ? Math.max(0, t - window + 1) : 0;
    double[] out = new double[q.length];
    for (int head = 0; head < c.heads(); head++) {
      int kv = head / (c.heads() / c.kvHeads()) * d;
      double[] score = new double[t + 1];
      double sum = 0;
      for (int s = from; s <= t; s++) {
        double dot = 0;
        for (int i = 0; i < d; i++) {
          dot += q[head * d + i] * k[s][kv + i];
        }
        score[s] = Math.exp(dot / Math.sqrt(d));
        sum += score[s];
      }
      for (int s = from; s <= t; s++) {
        for (int i = 0; i < d; i++) {
          out[head * d + i] += score[s] / sum * v[s][kv + i];
        }
      }
    }
    return out;
  }

  // Query and key norm of Qwen3, a head at a time; nothing for the others.
  private double[] heads(double[] x, String norm) {
    double[] gain = w.get(norm + ".weight");
    if (gain == null) {
      return x;
    }
    double[] out = new double[x.length];
    for (int at = 0; at < x.length; at += c.headDim()) {
      double[] head = new double[c.headDim()];
      System.arraycopy(x, at, head, 0, head.length);
      System.arraycopy(norm(head, gain), 0, out, at, head.length);
    }
    return out;
  }

  private double[] rotated(double[] x, int position, RopeTable rope) {
    int half = c.headDim() / 2;
    double[] out = new double[x.length];
    for (int at = 0; at < x.length; at += c.headDim()) {
      for (int i = 0; i < half; i++) {
        double cos = rope.cos()[position * half + i];
        double sin = rope.sin()[position * half + i];
        out[at + i] = x[at + i] * cos - x[at + half + i] * sin;
        out[at + half + i] = x[at + half + i] * cos + x[at + i] * sin;
      }
    }
    return out;
  }

  private double[] norm(double[] x, double[] gain) {
    double sum = 0;
    for (double value : x) {
      sum += value * value;
    }
    double scale = 1 / Math.sqrt(sum / x.length + c.eps());
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] = x[i] * scale * gain[i];
    }
    return out;
  }

  private double[] linear(String name, double[] x) {
    return times(w.get(name + ".weight"), x, w.get(name + ".bias"));
  }

  private static double[] times(double[] matrix, double[] x, double[] bias) {
    double[] out = new double[matrix.length / x.length];
    for (int r = 0; r < out.length; r++) {
      double sum = bias == null ? 0 : bias[r];
      for (int i = 0; i < x.length; i++) {
        sum += matrix[r * x.length + i] * x[i];
      }
      out[r] = sum;
    }
    return out;
  }

  private static double[] row(double[] matrix, int row, int width) {
    double[] out = new double[width];
    System.arraycopy(matrix, row * width, out, 0, width);
    return out;
  }

  private static void add(double[] to, double[] what) {
    for (int i = 0; i < to.length; i++) {
      to[i] += what[i];
    }
  }
}
