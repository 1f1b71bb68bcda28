package dev.millrace.models.train;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.decoder.DecoderConfigJson;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder with a value head that scores texts, as reward models do: a Hugging Face directory with
 * a {@code value_head.safetensors} beside the model. Safe for several threads, one at a time.
 */
public final class ValueScorer implements AutoCloseable {

  /** The file name, less its ending, of the head. */
  public static final String HEAD = "value_head";

  private static final int BATCH_TOKENS = 4096;

  private final DecoderWeights weights;
  private final ValueHead head;
  private final CriticTrainer critic;

  /** Both are closed with this object. */
  public ValueScorer(DecoderWeights weights, ValueHead head) {
    this.weights = weights;
    this.head = head;
    this.critic = new CriticTrainer(weights, head, TrainSettings.of(weights.config().vocab()));
  }

  /** Whether a directory holds a decoder with a value head. */
  public static boolean isIn(Path directory) {
    return Files.isRegularFile(directory.resolve(HEAD + ".safetensors"));
  }

  /**
   * Opens a directory.
   *
   * @throws dev.millrace.models.checkpoint.CheckpointException when something of it is missing
   */
  public static ValueScorer open(TorchRuntime runtime, Path directory) {
    var config = DecoderConfigJson.read(directory);
    try (Checkpoint saved = Checkpoint.open(directory, HEAD)) {
      ValueHead head = ValueHead.of(runtime, config, saved.tensors());
      try {
        return new ValueScorer(DecoderWeights.load(runtime, directory), head);
      } catch (RuntimeException e) {
        head.close();
        throw e;
      }
    }
  }

  /** Writes model and head; tokenizer files are the caller's. */
  public static void save(DecoderWeights weights, ValueHead head, Path directory) {
    weights.save(directory);
    Checkpoint.write(directory, HEAD, head.save(), Long.MAX_VALUE);
  }

  /**
   * An answer whose end alone is scored: values are of the state before a token, so its last token
   * stands twice.
   */
  public static ScoredTokens atEnd(int[] prompt, int[] answer) {
    int[] tokens = java.util.Arrays.copyOf(prompt, prompt.length + answer.length + 1);
    System.arraycopy(answer, 0, tokens, prompt.length, answer.length);
    tokens[tokens.length - 1] = tokens[tokens.length - 2];
    boolean[] scored = new boolean[tokens.length];
    scored[tokens.length - 1] = true;
    return new ScoredTokens(tokens, scored);
  }

  /** Values at the scored tokens of sequences, in their order; see {@link #atEnd}. */
  public synchronized float[] score(List<ScoredTokens> sequences) {
    List<float[]> parts = new ArrayList<>();
    int total = 0;
    for (TokenBatch batch : TokenBatch.split(sequences, BATCH_TOKENS)) {
      float[] values = critic.values(batch);
      parts.add(values);
      total += values.length;
    }
    float[] out = new float[total];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return out;
  }

  @Override
  public synchronized void close() {
    critic.close();
    head.close();
    weights.close();
  }
}
