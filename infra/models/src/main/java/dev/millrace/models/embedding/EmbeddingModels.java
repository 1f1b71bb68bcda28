package dev.millrace.models.embedding;

import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.encoder.TransformerEmbedding;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.Tokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Opens an embedding model, or only its way of counting tokens, by the value of a setting. */
public final class EmbeddingModels {

  /** The setting's value for the embedder that needs no files. */
  public static final String BUILTIN = "builtin";

  private static final int HASH_DIGITS = 12;

  private EmbeddingModels() {}

  /**
   * Opens a model; the caller closes it.
   *
   * @param choice {@value #BUILTIN}, or the path of a Hugging Face directory
   * @throws IllegalArgumentException when the choice is neither, in one line for the operator
   */
  public static EmbeddingModel open(String choice) {
    return open(choice, line -> {});
  }

  /**
   * The same, with news of the first unpacking of libtorch.
   *
   * @param progress takes lines for the operator
   */
  public static EmbeddingModel open(String choice, Consumer<String> progress) {
    if (isBuiltin(choice)) {
      return new HashedEmbedding();
    }
    Path directory = directory(choice);
    return TransformerEmbedding.open(TorchRuntime.preferred(progress), id(directory), directory);
  }

  /**
   * Counts tokens as the model of {@code choice} does, without loading its weights. A tokenizer
   * that it opens lives as long as the process.
   *
   * @throws IllegalArgumentException as {@link #open(String)}
   */
  public static TokenCounter tokens(String choice) {
    return isBuiltin(choice)
        ? new HashedEmbedding().tokens()
        : Tokenizer.open(directory(choice)).counter();
  }

  private static boolean isBuiltin(String choice) {
    return choice.isBlank() || BUILTIN.equals(choice);
  }

  private static Path directory(String choice) {
    Path directory = Path.of(choice);
    if (!Files.isRegularFile(directory.resolve("config.json"))) {
      throw new IllegalArgumentException(
          "embedding model '%s' is neither '%s' nor a directory with a config.json"
              .formatted(choice, BUILTIN));
    }
    return directory;
  }

  /** Name and content: other weights under the same name are another model. */
  private static String id(Path directory) {
    try (var weights = ModelDirectory.open(directory).weights()) {
      return directory.toAbsolutePath().normalize().getFileName()
          + "-"
          + weights.sha256().substring(0, HASH_DIGITS);
    }
  }
}
