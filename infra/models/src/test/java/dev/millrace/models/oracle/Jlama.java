package dev.millrace.models.oracle;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.ModelSupport;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
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

  /** Greedy tokens after a prompt, and the logits that each was taken from. */
  public float[][] greedy(int[] prompt, int n, int[] tokens) {
    float[][] logits = new float[n][];
    try (KvBufferCache.KvBuffer kv = cache.getEphemeralKvBuffer()) {
      AbstractTensor hidden = model.batchForward(prompt, 0, kv);
      AbstractTensor last = hidden.slice(prompt.length - 1);
      for (int i = 0; i < n; i++) {
        AbstractTensor out = model.makeDenseTensor(model.getConfig().vocabularySize);
        tokens[i] = model.sample(last, 0f, 0f, out);
        logits[i] = new float[model.getConfig().vocabularySize];
        for (int v = 0; v < logits[i].length; v++) {
          logits[i][v] = out.get(0, v);
        }
        last = model.forward(tokens[i], prompt.length + i, kv, Optional.empty());
      }
    }
    return logits;
  }

  @Override
  public void close() {
    cache.close();
    model.close();
  }
}
