package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ModelsJvm;
import java.io.IOException;
import java.util.List;

/** A benchmark that is a program of its own, in a JVM with the environment that libtorch needs. */
final class BenchProcess {

  private BenchProcess() {}

  /**
   * Runs it to its end; it prints its figures itself.
   *
   * @return its exit status
   */
  static int run(String main, List<String> arguments) throws InterruptedException {
    Process process;
    try {
      process = ModelsJvm.of(main, arguments).inheritIO().start();
    } catch (IOException e) {
      throw new CommandFailure("cannot start a JVM for " + main + ": " + e.getMessage(), e);
    }
    // It must not outlive us, however we end.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroy, "millrace-bench-stop"));
    return process.waitFor();
  }
}
