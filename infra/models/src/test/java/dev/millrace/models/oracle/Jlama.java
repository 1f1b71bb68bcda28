package dev.millrace.models.oracle;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import com.github.tjake.jlama.util.PhysicalCoreExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Jlama, an implementation of the same families by others, run on the directories that we write.
 */
public final class Jlama implements AutoCloseable {

  private final AbstractModel model;
  private final KvBufferCache cache;

  private Jlama(AbstractModel model) {
    this.model = model;
    this.cache = new KvBufferCache(model);
  }

  public static Jlama load(Path directory) throws IOException {
    ObjectMapper json = new ObjectMapper();
    ObjectNode config = (ObjectNode) json.readTree(directory.resolve("config.json").toFile());
    // Jlama will not start without these two.
    config.put("bos_token_id", 0).put("eos_token_id", 0);
    Files.writeString(directory.resolve("config.json"), config.toString());
    Files.writeString(
        directory.resolve("tokenizer.json"),
        "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1}, \"merges\": []}}");
    return new Jlama(
        ModelSupport.loadModel(
            directory.toFile(), null, DType.F32, DType.F32, Optional.empty(), Optional.empty()));
  }

  /**
   * How many threads Jlama computes with, in this JVM for good; by default half the processors, at
   * least two.
   *
   * @throws IllegalStateException if a model has been loaded already
   */
  public static void useThreads(int threads) {
    PhysicalCoreExecutor.overrideThreadCount(threads);
  }

  /** Greedy tokens after a prompt, and the logits that each was taken from. */
  public float[][] greedy(int[] prompt, int n, int[] tokens) {
    float[][] logits = new float[n][];
    try (Sequence sequence = start(prompt)) {
      for (int i = 0; i < n; i++) {
        tokens[i] = i == 0 ? sequence.token() : sequence.next();
        logits[i] = sequence.logits();
      }
    }
    return logits;
  }

  /** Computes a prompt, of at most 256 tokens, and the most likely token after it. */
  public Sequence start(int[] prompt) {
    return new Sequence(prompt);
  }

  /** A sequence that is being written, always by the most likely token. */
  public final class Sequence implements AutoCloseable {

    private final KvBufferCache.KvBuffer kv;
    private final AbstractTensor logits;
    private int position;
    private int token;

    private Sequence(int[] prompt) {
      kv = cache.getEphemeralKvBuffer();
      logits = model.makeDenseTensor(model.getConfig().vocabularySize);
      position = prompt.length;
      try (AbstractTensor hidden = model.batchForward(prompt, 0, kv)) {
        token = model.sample(hidden.slice(prompt.length - 1), 0f, 0f, logits);
      }
    }

    /** The newest token. */
    public int token() {
      return token;
    }

    /** One more token. */
    public int next() {
      try (AbstractTensor hidden = model.forward(token, position++, kv, Optional.empty())) {
        token = model.sample(hidden, 0f, 0f, logits);
      }
      return token;
    }

    private float[] logits() {
      float[] out = new float[model.getConfig().vocabularySize];
      for (int v = 0; v < out.length; v++) {
        out[v] = logits.get(0, v);
      }
      return out;
    }

    @Override
    public void close() {
      logits.close();
      kv.close();
    }
  }

  @Override
  public void close() {
    cache.close();
    model.close();
  }
}
