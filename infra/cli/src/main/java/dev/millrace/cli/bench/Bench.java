package dev.millrace.cli.bench;

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
   * Measures. Prints what a person reads on the way.
   *
   * @throws RuntimeException when it cannot be measured; figures that miss their goal are figures
   */
  void run(BenchRun run) throws InterruptedException;
}
