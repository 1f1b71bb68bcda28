package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ModelsJvm;
import java.io.IOException;
import java.util.List;

/** The benchmarks of the models, in a JVM with the environment that libtorch needs. */
final class ModelsBenchProcess {

  static final String NAME = "models";

  /** A training step on answers of different lengths. */
  static final String PACKING = "packing";

  private static final String MAIN = "dev.millrace.models.bench.ModelsBench";

  private ModelsBenchProcess() {}

  static void run(List<String> arguments) throws InterruptedException {
    try {
      int status = ModelsJvm.of(MAIN, arguments).inheritIO().start().waitFor();
      if (status != 0) {
        throw new CommandFailure("the benchmark of the models ended with status " + status);
      }
    } catch (IOException e) {
      throw new CommandFailure("cannot start a JVM for the models: " + e.getMessage(), e);
    }
  }
}
