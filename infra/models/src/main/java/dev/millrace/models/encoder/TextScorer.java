package dev.millrace.models.encoder;

import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.EncodedPair;
import dev.millrace.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A classification head over texts or pairs of texts: a reward model, or a cross-encoder that says
 * how well a passage answers a query. Texts that are too long lose their end; of a pair, the second
 * text does. Safe for several threads.
 */
public final class TextScorer implements AutoCloseable {

  /** Two texts that are read together. */
  public record Pair(String first, String second) {}

  private static final int BATCH_TOKENS = 4096;

  private final Encoder encoder;
  private final Tokenizer tokenizer;

  /** Both are closed with this object. */
  public TextScorer(Encoder encoder, Tokenizer tokenizer) {
    if (encoder.config().labels() == 0) {
      throw new IllegalArgumentException(
          "the model has no classification head: its architecture must be"
              + " ...ForSequenceClassification");
    }
    this.encoder = encoder;
    this.tokenizer = tokenizer;
  }

  /** Opens a Hugging Face directory. */
  public static TextScorer open(TorchRuntime runtime, Path directory) {
    Encoder encoder = Encoder.load(runtime, directory);
    try {
      return new TextScorer(encoder, Tokenizer.open(directory));
    } catch (RuntimeException e) {
      encoder.close();
      throw e;
    }
  }

  /** Number of scores a text. */
  public int labels() {
    return encoder.config().labels();
  }

  /** Logits of texts, [texts][labels]. */
  public float[][] score(List<String> texts) {
    List<EncoderInput> inputs = new ArrayList<>();
    for (String text : texts) {
      int[] tokens = tokenizer.encode(text, true);
      inputs.add(cut(tokens, new int[tokens.length]));
    }
    return run(inputs);
  }

  /** Logits of pairs, [pairs][labels]. */
  public float[][] scorePairs(List<Pair> pairs) {
    List<EncoderInput> inputs = new ArrayList<>();
    for (Pair pair : pairs) {
      EncodedPair encoded = tokenizer.encodePair(pair.first(), pair.second());
      inputs.add(cut(encoded.ids(), encoded.typeIds()));
    }
    return run(inputs);
  }

  /** Scores of pairs by the first label, as 1 / (1 + e^-x): for ranking. */
  public float[] relevance(List<Pair> pairs) {
    float[][] logits = scorePairs(pairs);
    float[] out = new float[logits.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) (1 / (1 + Math.exp(-logits[i][0])));
    }
    return out;
  }

  // Keeps the closing token at the end of what is left.
  private EncoderInput cut(int[] tokens, int[] types) {
    int max = encoder.config().maxTokens();
    if (tokens.length <= max) {
      return new EncoderInput(tokens, types);
    }
    int[] kept = Arrays.copyOf(tokens, max);
    kept[max - 1] = tokens[tokens.length - 1];
    return new EncoderInput(kept, Arrays.copyOf(types, max));
  }

  private float[][] run(List<EncoderInput> inputs) {
    int[] lengths = inputs.stream().mapToInt(i -> i.tokens().length).toArray();
    float[][] out = new float[inputs.size()][];
    for (int[] batch : LengthBatches.of(lengths, BATCH_TOKENS)) {
      List<EncoderInput> together = new ArrayList<>();
      for (int index : batch) {
        together.add(inputs.get(index));
      }
      float[][] scores = encoder.classify(together);
      for (int i = 0; i < batch.length; i++) {
        out[batch[i]] = scores[i];
      }
    }
    return out;
  }

  @Override
  public void close() {
    encoder.close();
    tokenizer.close();
  }
}
