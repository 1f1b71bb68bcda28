package dev.millrace.serving;

import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.BytePairTrainer;
import dev.millrace.models.tokenizer.CharacterTokenizer;
import dev.millrace.models.tokenizer.TokenizerDefinition;
import java.nio.file.Path;
import java.util.List;

/** Models of a few thousand random weights: they write nonsense, but they write it as others do. */
public final class TinyModels {

  public static final String END = "<|end|>";

  private static final List<String> TEXTS =
      List.of(
          "the leader waits for the full set of in-sync replicas",
          "{\"name\": \"value\", \"items\": [1, 2, 3], \"ok\": true}",
          "Größe, naïve, 東京 and 🙂 are more than one byte a character",
          "<think>thinking aloud</think> an answer");

  private TinyModels() {}

  /** Byte-level BPE with a chat template that knows {@code enable_thinking}. */
  public static TokenizerDefinition chatTokenizer() {
    return BytePairTrainer.train(TEXTS, 320, List.of(END))
        .withRole("eos_token", END)
        .withChatTemplate(
            "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                + "{% if add_generation_prompt %}assistant: "
                + "{% if enable_thinking is defined and enable_thinking %}<think>\n{% endif %}"
                + "{% endif %}");
  }

  /** One token a character, no template: like the models that learn sums. */
  public static TokenizerDefinition sumTokenizer() {
    return CharacterTokenizer.of("0123456789+-= ", List.of(END)).withRole("eos_token", END);
  }

  public static DecoderConfig config(TokenizerDefinition tokenizer, int hidden) {
    return DecoderConfig.llama(tokenizer.size(), hidden, 2, 2, 1, 2 * hidden, 8192);
  }

  public static DecoderWeights weights(DecoderConfig config, long seed) {
    return DecoderWeights.random(TorchRuntime.cpu(), config, Initialisation.SCALED, seed);
  }

  /** A Hugging Face directory. */
  public static Path write(Path directory, TokenizerDefinition tokenizer, long seed) {
    try (DecoderWeights weights = weights(config(tokenizer, 16), seed)) {
      weights.save(directory);
    }
    tokenizer.write(directory);
    return directory;
  }
}
