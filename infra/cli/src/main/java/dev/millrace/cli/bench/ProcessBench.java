package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ModelsJvm;
import java.io.IOException;
import java.util.List;

/**
 * A benchmark that needs no system, but libtorch: a program with a JVM of its own, which has the
 * environment for it. It prints its figures itself.
 *
 * @param main which class; what its arguments are stands there
 */
record ProcessBench(String name, String main) {

  static final List<ProcessBench> ALL =
      List.of(
          new ProcessBench("models", "dev.millrace.models.bench.ModelsBench"),
          new ProcessBench("algorithms", "dev.millrace.learner.bench.AlgorithmBench"),
          new ProcessBench("single-process", "dev.millrace.learner.bench.SingleProcessBench"));

  /**
   * Runs it to its end.
   *
   * @return its exit status
   */
  int run(List<String> arguments) throws InterruptedException {
    Process process;
    try {
      process = ModelsJvm.of(main, arguments).inheritIO().start();
    } catch (IOException e) {
      throw new CommandFailure("cannot start a JVM for " + name + ": " + e.getMessage(), e);
    }
    var hook = new Thread(process::destroy, "millrace-bench-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return process.waitFor();
    } finally {
      process.destroy();
    }
  }
}
