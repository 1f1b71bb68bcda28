package dev.millrace.models.encoder;

import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Embeds texts with an encoder of the BERT or RoBERTa family. A text longer than the encoder's
 * sequence is read in overlapping windows, whose vectors are averaged by their lengths.
 */
public final class TransformerEmbedding implements EmbeddingModel {

  private final String id;
  private final Encoder encoder;
  private final Tokenizer tokenizer;
  private final EmbeddingSettings settings;
  private final TokenWindows windows;

  /**
   * @param id names model and revision; vectors of different ids never stand in one index
   * @param encoder closed with this object
   * @param tokenizer closed with this object
   */
  public TransformerEmbedding(
      String id, Encoder encoder, Tokenizer tokenizer, EmbeddingSettings settings) {
    if (tokenizer.size() > encoder.config().vocab()) {
      throw new IllegalArgumentException(
          "the tokenizer has %d tokens, the encoder's vocabulary only %d: they do not belong together"
              .formatted(tokenizer.size(), encoder.config().vocab()));
    }
    if (settings.maxTokens() > encoder.config().maxTokens()) {
      throw new IllegalArgumentException(
          "maxTokens %d exceeds the encoder's %d positions"
              .formatted(settings.maxTokens(), encoder.config().maxTokens()));
    }
    this.id = id;
    this.encoder = encoder;
    this.tokenizer = tokenizer;
    this.settings = settings;
    this.windows = new TokenWindows(tokenizer, settings.maxTokens(), settings.overlap());
  }

  /** Opens a Hugging Face or sentence-transformers directory. */
  public static TransformerEmbedding open(TorchRuntime runtime, String id, Path directory) {
    Encoder encoder = Encoder.load(runtime, directory);
    try {
      return new TransformerEmbedding(
          id,
          encoder,
          Tokenizer.open(directory),
          EmbeddingSettings.read(directory, encoder.config()));
    } catch (RuntimeException e) {
      encoder.close();
      throw e;
    }
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int dimension() {
    return encoder.config().hidden();
  }

  @Override
  public TokenCounter tokens() {
    return tokenizer.counter();
  }

  @Override
  public List<float[]> embed(List<String> texts, Role role) {
    String prefix = role == Role.QUERY ? settings.queryPrefix() : settings.passagePrefix();
    List<int[]> sequences = new ArrayList<>();
    List<Integer> owner = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      for (int[] window : windows.of(prefix + texts.get(i))) {
        sequences.add(window);
        owner.add(i);
      }
    }
    float[][] sums = new float[texts.size()][dimension()];
    int[] lengths = sequences.stream().mapToInt(s -> s.length).toArray();
    for (int[] batch : LengthBatches.of(lengths, settings.batchTokens())) {
      List<EncoderInput> inputs = new ArrayList<>(batch.length);
      for (int index : batch) {
        inputs.add(EncoderInput.of(sequences.get(index)));
      }
      float[][] vectors = encoder.embed(inputs, settings.pooling(), true);
      for (int i = 0; i < batch.length; i++) {
        add(sums[owner.get(batch[i])], vectors[i], lengths[batch[i]]);
      }
    }
    List<float[]> out = new ArrayList<>(texts.size());
    for (float[] sum : sums) {
      out.add(unit(sum));
    }
    return out;
  }

  private static void add(float[] sum, float[] vector, float weight) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += weight * vector[i];
    }
  }

  private static float[] unit(float[] vector) {
    double squares = 0;
    for (float x : vector) {
      squares += (double) x * x;
    }
    if (!(squares > 0)) {
      throw new IllegalStateException("the encoder gave a vector of length 0 or not a number");
    }
    float scale = (float) (1 / Math.sqrt(squares));
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= scale;
    }
    return vector;
  }

  @Override
  public void close() {
    encoder.close();
    tokenizer.close();
  }
}
