package dev.millrace.models.embedding;

import java.nio.file.Files;
import java.nio.file.Path;

/** Opens an embedding model by the value of a setting. */
public final class EmbeddingModels {

  /** The setting's value for the embedder that needs no files. */
  public static final String BUILTIN = "builtin";

  private EmbeddingModels() {}

  /**
   * Opens a model; the caller closes it.
   *
   * @param choice {@value #BUILTIN}, or the path of a Hugging Face directory
   * @throws IllegalArgumentException when the choice is neither, in one line for the operator
   */
  public static EmbeddingModel open(String choice) {
    if (choice.isBlank() || BUILTIN.equals(choice)) {
      return new HashedEmbedding();
    }
    Path directory = Path.of(choice);
    if (!Files.isRegularFile(directory.resolve("config.json"))) {
      throw new IllegalArgumentException(
          "embedding model '%s' is neither '%s' nor a directory with a config.json"
              .formatted(choice, BUILTIN));
    }
    throw new IllegalArgumentException(
        "embedding model '%s' is a transformer: this build has no encoder, use '%s'"
            .formatted(choice, BUILTIN));
  }
}
