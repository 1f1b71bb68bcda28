package dev.millrace.rollout;

import ai.djl.ndarray.index.NDIndex;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.CharacterTokenizer;
import dev.millrace.models.train.Lora;
import dev.millrace.policy.PolicyFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A small random model of characters; its end token is as likely as any other. */
final class TinyPolicy {

  static final TorchRuntime CPU = TorchRuntime.cpu();
  static final String ALPHABET = "0123456789+=";
  static final int END = 1;

  private TinyPolicy() {}

  static DecoderConfig config(int hidden, int context) {
    int vocab = ALPHABET.length() + 2;
    return DecoderConfig.llama(vocab, hidden, 2, 4, 2, 48, context);
  }

  /** A random head is nearly uniform; sharpened, choices mean something. */
  static DecoderWeights weights(DecoderConfig config, long seed) {
    DecoderWeights drawn = DecoderWeights.random(CPU, config, Initialisation.SCALED, seed);
    drawn.get("lm_head.weight").muli(20);
    return drawn;
  }

  /**
   * Weights that are finite, and give infinite logits after one character alone: it lies along an
   * axis that nothing else touches, and the head is enormous there.
   */
  static DecoderWeights overflowingAfter(String character) {
    DecoderConfig config = config(32, 64);
    int token = ALPHABET.indexOf(character) + 2;
    int axis = config.hidden() - 1;
    DecoderWeights out = weights(config, 5);
    out.get("model.embed_tokens.weight").set(new NDIndex(":, {}", axis), 0);
    out.get("model.embed_tokens.weight").set(new NDIndex("{}, :", token), 0);
    out.get("model.embed_tokens.weight").set(new NDIndex("{}, {}", token, axis), 100);
    for (int layer = 0; layer < config.layers(); layer++) {
      String at = "model.layers." + layer;
      out.get(at + ".self_attn.o_proj.weight").set(new NDIndex("{}, :", axis), 0);
      out.get(at + ".mlp.down_proj.weight").set(new NDIndex("{}, :", axis), 0);
    }
    out.get("lm_head.weight").set(new NDIndex(":, {}", axis), 2e38f);
    out.get("lm_head.weight").set(new NDIndex("{}, {}", token, axis), 0); // finite here, and small
    return out;
  }

  /** An adapter that makes a difference. */
  static Lora adapter(DecoderWeights weights, long seed) {
    Lora lora =
        Lora.create(weights, new Lora.Settings(4, 8, 0, Set.of("q_proj", "down_proj")), seed);
    lora.tensors().values().forEach(tensor -> tensor.addi(0.05f));
    return lora;
  }

  /**
   * @param ends whether the policy has a token that ends an answer; without it, answers have the
   *     length that was asked for
   */
  static PolicyFiles files(DecoderWeights weights, boolean ends) {
    try {
      Path folder = Files.createTempDirectory("millrace-tiny-");
      try {
        weights.save(folder);
        var tokenizer = CharacterTokenizer.of(ALPHABET, List.of("<pad>", "<end>"));
        (ends ? tokenizer.withRole("eos_token", "<end>") : tokenizer).write(folder);
        return PolicyFiles.of(ModelDirectory.open(folder));
      } finally {
        try (Stream<Path> files = Files.list(folder)) {
          for (Path file : files.toList()) {
            Files.delete(file);
          }
        }
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
