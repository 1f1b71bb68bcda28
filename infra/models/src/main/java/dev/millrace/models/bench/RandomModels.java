package dev.millrace.models.bench;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.encoder.Encoder;
import dev.millrace.models.encoder.EncoderConfig;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.BytePairTrainer;
import dev.millrace.models.tokenizer.TokenizerDefinition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes two Hugging Face directories of random weights: {@code chat}, a decoder with a chat
 * template (d 256, 4 layers), and {@code scorer}, a cross-encoder (d 384, 6 layers, the shape of
 * MiniLM). What they say means nothing and costs what it would cost if it did. For measurements of
 * serving.
 */
final class RandomModels {

  private static final String END = "<|end|>";
  private static final int VOCABULARY = 2_048;
  private static final int CONTEXT = 4_096;
  private static final long SEED = 1;

  private RandomModels() {}

  /**
   * @param arguments a folder to write to, and a folder of texts that the tokenizer is made from
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    TokenizerDefinition tokenizer =
        BytePairTrainer.train(texts(Path.of(arguments[1])), VOCABULARY, List.of(END));
    chat(folder.resolve("chat"), tokenizer);
    scorer(folder.resolve("scorer"), tokenizer);
  }

  private static void chat(Path directory, TokenizerDefinition plain) {
    TokenizerDefinition tokenizer =
        plain
            .withRole("eos_token", END)
            .withChatTemplate(
                "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
                    + "{% if add_generation_prompt %}assistant: {% endif %}");
    DecoderConfig shape = DecoderConfig.llama(tokenizer.size(), 256, 4, 4, 2, 704, CONTEXT);
    try (DecoderWeights weights =
        DecoderWeights.random(TorchRuntime.cpu(), shape, Initialisation.SCALED, SEED)) {
      weights.save(directory);
    }
    tokenizer.write(directory);
  }

  private static void scorer(Path directory, TokenizerDefinition tokenizer) throws IOException {
    var shape =
        new EncoderConfig(
            EncoderConfig.Family.BERT,
            tokenizer.size(),
            384,
            6,
            12,
            1_536,
            512,
            2,
            1e-12,
            "gelu",
            0,
            1);
    Files.createDirectories(directory);
    Checkpoint.write(directory, Encoder.randomWeights(shape, SEED).values());
    Files.writeString(directory.resolve("config.json"), shape.json().toString());
    tokenizer.write(directory);
  }

  private static List<String> texts(Path folder) throws IOException {
    List<String> texts = new ArrayList<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        texts.add(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
      }
    }
    return texts;
  }
}
