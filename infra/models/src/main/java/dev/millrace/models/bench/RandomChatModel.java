package dev.millrace.models.bench;

import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
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
 * Writes a Hugging Face directory of random weights with a tokenizer and a chat template: what it
 * says means nothing, and costs what it would cost if it did. For measurements of serving.
 */
final class RandomChatModel {

  private static final String END = "<|end|>";
  private static final int VOCABULARY = 2_048;
  private static final int CONTEXT = 4_096;
  private static final long SEED = 1;

  private RandomChatModel() {}

  /**
   * @param arguments the directory to write, and a folder of texts that the tokenizer is made from
   */
  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    TokenizerDefinition tokenizer =
        BytePairTrainer.train(texts(Path.of(arguments[1])), VOCABULARY, List.of(END))
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
