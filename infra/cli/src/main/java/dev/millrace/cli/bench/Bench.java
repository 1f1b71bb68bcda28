package dev.millrace.cli.bench;

import java.nio.file.Path;
import java.util.Map;

/** One benchmark. */
interface Bench {

  /** The word by which {@code millrace bench} selects it. */
  String name();

  /** One line for the help. */
  String description();

  /** Targets of the application that it wants. */
  default String targets() {
    return "all";
  }

  /**
   * Makes what the system needs before it starts.
   *
   * @param folder where it may write
   * @param texts the demo's documents
   * @return other defaults for some settings
   */
  default Map<String, String> prepare(Path folder, Path texts) throws InterruptedException {
    return Map.of();
  }

  /**
   * Measures. Prints what a person reads on the way.
   *
   * @throws RuntimeException when it cannot be measured; figures that miss their goal are figures
   */
  void run(BenchRun run) throws InterruptedException;
}
