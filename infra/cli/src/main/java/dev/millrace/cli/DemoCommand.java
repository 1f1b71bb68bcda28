package dev.millrace.cli;

import dev.millrace.devstack.ChildDeath;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** Shows it all: starts everything, pushes real documents, asks, changes, deletes. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Starts everything; shows cited answers from real documents, and a model that learns.")
final class DemoCommand implements Callable<Integer> {

  @ParentCommand private Main millrace;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port of the HTTP API, 0 for a free one (default: ${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int port;

  @Option(names = "--exit", description = "End after the tour: status 0 if every step held.")
  private boolean exit;

  @Option(names = "--fresh", description = "Delete the data folder first.")
  private boolean fresh;

  @Option(names = "--no-training", description = "Show the documents' half only.")
  private boolean noTraining;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the training run (default: ${DEFAULT-VALUE}).",
      defaultValue = "1")
  private long seed;

  @Override
  public Integer call() throws InterruptedException {
    var screen = new Screen(System.out);
    if (fresh) {
      wipe(millrace.servers().data());
    }
    var ended = new CountDownLatch(1);
    var death = new AtomicReference<ChildDeath>();
    screen.heading("Servers");
    try (var running =
        Running.start(
            millrace.servers().preferring(AdditionRecipe.WORKERS),
            "all",
            port,
            screen,
            child -> {
              death.set(child);
              ended.countDown();
            })) {
      boolean held = tour(running, screen);
      Addresses.print(screen, running.instance());
      if (exit) {
        screen.step(held ? "every step held" : screen.bad("not every step held"));
        return held ? 0 : 1;
      }
      ended.await();
      throw new CommandFailure(death.get().sentence() + "\n" + death.get().tail());
    }
  }

  private boolean tour(Running running, Screen screen) throws InterruptedException {
    StageContext context =
        StageContext.of(millrace.servers().settings(), new SimpleMeterRegistry());
    try (var documents = Producers.documents(context);
        var api = new Api(running.instance().api(), Optional.empty())) {
      boolean held = new DemoTour(documents, api, screen).run(DemoCorpus.carried());
      if (noTraining) {
        return held;
      }
      var learning = new LearningTour(context, running, api, screen, millrace.servers().data());
      return learning.run(seed) && held;
    }
  }

  /** Deletes what Millrace put there, and refuses a folder that is not one of its own. */
  private static void wipe(Path data) {
    if (!Files.exists(data)) {
      return;
    }
    if (Instance.running(data).isPresent()) {
      throw new CommandFailure("Millrace runs from " + data + ": end it before --fresh");
    }
    if (!Files.exists(data.resolve("ports.properties")) && !isEmpty(data)) {
      throw new CommandFailure(
          data + " does not look like a data folder of Millrace; --fresh deletes only those");
    }
    try (Stream<Path> all = Files.walk(data)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new CommandFailure("cannot delete " + data + ": " + e.getMessage(), e);
    }
  }

  private static boolean isEmpty(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      throw new CommandFailure("cannot read " + folder + ": " + e.getMessage(), e);
    }
  }
}
