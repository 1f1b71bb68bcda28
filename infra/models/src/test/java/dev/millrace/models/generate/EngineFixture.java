package dev.millrace.models.generate;

import ai.djl.ndarray.index.NDIndex;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** A tiny model with two sets of weights, and the words that tests of the engine share. */
final class EngineFixture implements AutoCloseable {

  static final TorchRuntime CPU = TorchRuntime.cpu();
  static final DecoderConfig CONFIG = DecoderConfig.llama(40, 32, 2, 4, 2, 48, 96);

  final DecoderWeights weights = sharp(3);
  final DecoderWeights others = sharp(4);

  // A random head is nearly uniform; sharpened, choices mean something.
  private static DecoderWeights sharp(long seed) {
    DecoderWeights drawn = DecoderWeights.random(CPU, CONFIG, Initialisation.SCALED, seed);
    drawn.get("lm_head.weight").muli(40);
    return drawn;
  }

  @Override
  public void close() {
    weights.close();
    others.close();
  }

  static int[] alone(DecoderWeights weights, int[] prompt, int n) {
    try (GenerationEngine engine =
        new GenerationEngine(weights, 7, GenerationSettings.of(1, 96), null)) {
      return engine.run(List.of(request("alone", prompt, 1, greedy(n)))).getFirst().tokens();
    }
  }

  GenerationEngine engine(int slots) {
    return new GenerationEngine(weights, 7, GenerationSettings.of(slots, 96), null);
  }

  static GenerationRequest request(String id, int[] prompt, int n, SamplingParams params) {
    return GenerationRequest.of(id, prompt, n, params);
  }

  static SamplingParams greedy(int n) {
    return SamplingParams.greedy(n);
  }

  static GenerationListener collect(List<GeneratedSequence> into) {
    return collect(
        into,
        new ArrayList<>() {
          @Override
          public boolean add(RuntimeException error) {
            throw error;
          }
        });
  }

  static GenerationListener collect(List<GeneratedSequence> into, List<RuntimeException> failures) {
    return new GenerationListener() {
      @Override
      public void finished(GeneratedSequence sequence) {
        into.add(sequence);
      }

      @Override
      public void failed(String requestId, RuntimeException error) {
        failures.add(error);
      }
    };
  }

  /**
   * Weights that are finite, and give infinite logits after one token alone: it lies along an axis
   * that nothing else touches, and the head is enormous there.
   */
  DecoderWeights overflowingAfter(int token) {
    int axis = CONFIG.hidden() - 1;
    DecoderWeights out = weights.duplicate();
    out.get("model.embed_tokens.weight").set(new NDIndex(":, {}", axis), 0);
    out.get("model.embed_tokens.weight").set(new NDIndex("{}, :", token), 0);
    out.get("model.embed_tokens.weight").set(new NDIndex("{}, {}", token, axis), 100);
    for (int layer = 0; layer < CONFIG.layers(); layer++) {
      String at = "model.layers." + layer;
      out.get(at + ".self_attn.o_proj.weight").set(new NDIndex("{}, :", axis), 0);
      out.get(at + ".mlp.down_proj.weight").set(new NDIndex("{}, :", axis), 0);
    }
    out.get("lm_head.weight").set(new NDIndex(":, {}", axis), 2e38f);
    return out;
  }

  static LogitsMask allBut(int token) {
    return generated -> {
      BitSet allowed = new BitSet();
      allowed.set(0, CONFIG.vocab());
      allowed.clear(token);
      return allowed;
    };
  }

  static String letters(int[] tokens) {
    var text = new StringBuilder();
    for (int token : tokens) {
      text.append((char) ('A' + token));
    }
    return text.toString();
  }

  static int[] tokens(int n, long seed) {
    return new SplittableRandom(seed).ints(n, 0, CONFIG.vocab()).toArray();
  }

  static int[] concat(int[] a, int[] b) {
    return IntStream.concat(Arrays.stream(a), Arrays.stream(b)).toArray();
  }

  static float[] row(float[] logits, int row) {
    return Arrays.copyOfRange(logits, row * CONFIG.vocab(), (row + 1) * CONFIG.vocab());
  }

  static int argmax(float[] row) {
    return IntStream.range(0, row.length).reduce((a, b) -> row[b] > row[a] ? b : a).orElseThrow();
  }

  static double logSoftmax(float[] row, int token, double temperature) {
    double sum = 0;
    for (float value : row) {
      sum += Math.exp(value / temperature);
    }
    return row[token] / temperature - Math.log(sum);
  }

  static float[] nan(long n) {
    float[] out = new float[(int) n];
    out[out.length - 1] = Float.NaN;
    return out;
  }
}
