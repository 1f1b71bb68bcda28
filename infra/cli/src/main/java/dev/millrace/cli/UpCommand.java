package dev.millrace.cli;

import dev.millrace.devstack.ChildDeath;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts everything and stays until Ctrl-C. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = "Starts the servers that are not given and the application, until Ctrl-C.")
final class UpCommand implements Callable<Integer> {

  @Mixin private ServerOptions servers;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of the HTTP API, 0 for a free one (default: ${DEFAULT-VALUE}).",
      defaultValue = "8080")
  private int port;

  @Option(
      names = "--target",
      paramLabel = "NAMES",
      description =
          "Stages to run, comma-separated: all, ingest, preprocess, embed, rollout, reward,"
              + " learner, serving (default: ${DEFAULT-VALUE}).",
      defaultValue = "all")
  private String targets;

  @Override
  public Integer call() throws InterruptedException {
    var screen = new Screen(System.out);
    var ended = new CountDownLatch(1);
    var death = new AtomicReference<ChildDeath>();
    screen.step("starting; data in " + servers.data());
    try (var running =
        Running.start(
            servers,
            targets,
            port,
            screen,
            child -> {
              death.set(child);
              ended.countDown();
            })) {
      Addresses.print(screen, running.instance());
      ended.await();
      throw new CommandFailure(death.get().sentence() + "\n" + death.get().tail());
    }
  }
}
