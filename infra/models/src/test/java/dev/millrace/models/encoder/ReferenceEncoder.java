package dev.millrace.models.encoder;

import dev.millrace.models.checkpoint.Tensor;
import java.util.HashMap;
import java.util.Map;

/**
 * BERT once more in plain Java and double precision, from the paper (Devlin et al. 2018). Jlama
 * 0.8.4 is no oracle here: it runs BERT with attention that looks back only and normalises before
 * it adds.
 */
final class ReferenceEncoder {

  private final EncoderConfig c;
  private final Map<String, double[]> w = new HashMap<>();

  ReferenceEncoder(EncoderConfig config, Map<String, Tensor> tensors) {
    this.c = config;
    tensors.forEach(
        (name, tensor) -> {
          float[] floats = tensor.toFloats();
          double[] values = new double[floats.length];
          for (int i = 0; i < values.length; i++) {
            values[i] = floats[i];
          }
          w.put(name.replaceFirst("^(bert|roberta)\\.(embeddings|encoder)", "$2"), values);
        });
  }

  double[][] hidden(int[] tokens, int[] types) {
    int n = tokens.length;
    int d = c.hidden();
    double[][] h = new double[n][];
    for (int t = 0; t < n; t++) {
      h[t] = new double[d];
      for (int i = 0; i < d; i++) {
        h[t][i] =
            w.get("embeddings.word_embeddings.weight")[tokens[t] * d + i]
                + w.get("embeddings.position_embeddings.weight")[(c.firstPosition() + t) * d + i]
                + w.get("embeddings.token_type_embeddings.weight")[types[t] * d + i];
      }
      h[t] = norm("embeddings.LayerNorm", h[t]);
    }
    for (int l = 0; l < c.layers(); l++) {
      h = block(h, "encoder.layer." + l + ".");
    }
    return h;
  }

  private double[][] block(double[][] h, String at) {
    int n = h.length;
    int d = c.hidden() / c.heads();
    double[][] q = new double[n][];
    double[][] k = new double[n][];
    double[][] v = new double[n][];
    for (int t = 0; t < n; t++) {
      q[t] = linear(at + "attention.self.query", h[t]);
      k[t] = linear(at + "attention.self.key", h[t]);
      v[t] = linear(at + "attention.self.value", h[t]);
    }
    double[][] out = new double[n][];
    for (int t = 0; t < n; t++) {
      double[] mixed = new double[c.hidden()];
      for (int head = 0; head < c.heads(); head++) {
        double[] p = new double[n];
        double sum = 0;
        for (int s = 0; s < n; s++) {
          for (int i = 0; i < d; i++) {
            p[s] += q[t][head * d + i] * k[s][head * d + i];
          }
          p[s] = Math.exp(p[s] / Math.sqrt(d));
          sum += p[s];
        }
        for (int s = 0; s < n; s++) {
          for (int i = 0; i < d; i++) {
            mixed[head * d + i] += p[s] / sum * v[s][head * d + i];
          }
        }
      }
      double[] x =
          norm(
              at + "attention.output.LayerNorm",
              sum(h[t], linear(at + "attention.output.dense", mixed)));
      double[] f = linear(at + "intermediate.dense", x);
      for (int i = 0; i < f.length; i++) {
        f[i] *= normal(f[i]);
      }
      out[t] = norm(at + "output.LayerNorm", sum(x, linear(at + "output.dense", f)));
    }
    return out;
  }

  double[] linear(String name, double[] x) {
    double[] matrix = w.get(name + ".weight");
    double[] out = w.get(name + ".bias").clone();
    for (int r = 0; r < out.length; r++) {
      for (int i = 0; i < x.length; i++) {
        out[r] += matrix[r * x.length + i] * x[i];
      }
    }
    return out;
  }

  private double[] norm(String name, double[] x) {
    double mean = 0;
    for (double value : x) {
      mean += value / x.length;
    }
    double variance = 0;
    for (double value : x) {
      variance += (value - mean) * (value - mean) / x.length;
    }
    double[] out = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      out[i] =
          (x[i] - mean) / Math.sqrt(variance + c.eps()) * w.get(name + ".weight")[i]
              + w.get(name + ".bias")[i];
    }
    return out;
  }

  private static double[] sum(double[] a, double[] b) {
    double[] out = a.clone();
    for (int i = 0; i < out.length; i++) {
      out[i] += b[i];
    }
    return out;
  }

  // The normal distribution by its series, for GELU.
  private static double normal(double x) {
    double term = x;
    double sum = x;
    for (int i = 1; i < 200 && Math.abs(term) > 1e-18; i++) {
      term *= x * x / (2 * i + 1);
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
}
