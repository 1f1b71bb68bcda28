package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ModelsJvm;
import java.io.IOException;
import java.util.List;

/** The benchmark of the models, in a JVM with the environment that libtorch needs. */
final class ModelsBenchProcess {

  static final String NAME = "models";

  private static final String MAIN = "dev.millrace.models.bench.ModelsBench";

  private ModelsBenchProcess() {}

  static void run() throws InterruptedException {
    try {
      int status = ModelsJvm.of(MAIN, List.of()).inheritIO().start().waitFor();
      if (status != 0) {
        throw new CommandFailure("the benchmark of the models ended with status " + status);
      }
    } catch (IOException e) {
      throw new CommandFailure("cannot start a JVM for the models: " + e.getMessage(), e);
    }
  }
}
