package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ModelsJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Models of random weights for measurements, written by a JVM that has libtorch. */
final class RandomModels {

  /** Folder of a decoder with a chat template: d 256, 4 layers, 2,048 tokens. */
  static final String CHAT = "chat";

  /** Folder of a cross-encoder: d 384, 6 layers. */
  static final String SCORER = "scorer";

  private static final String MAIN = "dev.millrace.models.bench.RandomModels";

  private RandomModels() {}

  /**
   * Writes them.
   *
   * @param texts a folder that the tokenizer is made from
   * @return the folder of {@link #CHAT} and {@link #SCORER}
   */
  static Path write(Path folder, Path texts) throws InterruptedException {
    Path models = folder.resolve("random-models");
    try {
      int status =
          ModelsJvm.of(MAIN, List.of(models.toString(), texts.toString()))
              .inheritIO()
              .start()
              .waitFor();
      if (status != 0) {
        throw new CommandFailure("the models of random weights could not be made");
      }
    } catch (IOException e) {
      throw new CommandFailure("cannot start a JVM for the models: " + e.getMessage(), e);
    }
    return models;
  }

  /** True for a setting that names one of them. */
  static boolean isNamedBy(String setting) {
    return setting.contains("random-models");
  }
}
