package dev.millrace.cli;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.ServerKind;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.monitor.ledger.LedgerTail;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Kafka, the registry and reward workers, on which runs follow one another, each with a rollout
 * worker and a learner of its own: for benchmarks of the loop.
 */
public final class LoopSystem implements AutoCloseable {

  private static final Duration TICK = Duration.ofSeconds(1);

  /**
   * What the engines of the rollout worker had done when it was asked.
   *
   * @param at milliseconds since the epoch
   * @param busySeconds at work so far
   * @param steps token steps so far
   */
  public record Engines(long at, double busySeconds, double steps) {}

  /** A run from its first entry to its last. */
  public record Run(List<TrainingStep> ledger, List<Engines> engines) {}

  private final Path folder;
  private final Screen screen;
  private final Running running;
  private final StageContext context;
  private final HttpClient http = HttpClient.newHttpClient();

  private LoopSystem(ServerOptions options, Path folder) throws InterruptedException {
    this.folder = folder;
    this.screen = new Screen(System.out);
    this.running =
        Running.start(
            options.in(folder),
            EnumSet.of(ServerKind.KAFKA, ServerKind.REGISTRY),
            "reward",
            0,
            screen,
            death -> {});
    this.context = StageContext.of(options.in(folder).settings(), new SimpleMeterRegistry());
  }

  /**
   * Starts all but rollout workers and learners.
   *
   * @param folder empty
   */
  public static LoopSystem start(ServerOptions options, Path folder) throws InterruptedException {
    return new LoopSystem(options, folder);
  }

  public void push(List<Prompt> prompts) {
    try (PromptProducer producer = Producers.prompts(context)) {
      prompts.forEach(producer::send);
      producer.flush(Duration.ofSeconds(60));
    }
  }

  /**
   * Makes a run.
   *
   * @param name of the run, which stands in {@code recipe}
   * @param recipe the run's settings
   * @param more settings of its rollout worker and its learner
   * @param longest after which it is given up
   * @param listener hears of every entry
   */
  public Run run(
      String name,
      String recipe,
      Map<String, String> more,
      Duration longest,
      Consumer<TrainingStep> listener)
      throws InterruptedException {
    Map<String, String> settings = new TreeMap<>(more);
    int port = FreePort.find();
    settings.put("millrace.http.port", String.valueOf(port));
    ChildJvm rollout = running.startBeside("rollout-" + name, "rollout", settings, death -> {});
    settings.put("millrace.http.port", String.valueOf(FreePort.find()));
    settings.put("millrace.learner.config", write(name, recipe).toString());
    settings.put("millrace.learner.snapshots", folder.resolve("snapshots").toString());
    ChildJvm learner = running.startBeside("learner-" + name, "learner", settings, death -> {});
    try {
      return follow(name, learner, rollout, port, longest, listener);
    } finally {
      learner.close();
      rollout.close();
    }
  }

  private Path write(String name, String recipe) {
    try {
      return Files.writeString(folder.resolve(name + ".json"), recipe);
    } catch (IOException e) {
      throw new CommandFailure("cannot write to " + folder + ": " + e.getMessage(), e);
    }
  }

  private Run follow(
      String name,
      ChildJvm learner,
      ChildJvm rollout,
      int port,
      Duration longest,
      Consumer<TrainingStep> listener)
      throws InterruptedException {
    List<TrainingStep> ledger = new ArrayList<>();
    List<Engines> engines = new ArrayList<>();
    long end = System.nanoTime() + longest.toNanos();
    try (LedgerTail tail = LedgerTail.of(context, name)) {
      while (System.nanoTime() < end) {
        for (TrainingStep entry : poll(tail)) {
          ledger.add(entry);
          listener.accept(entry);
        }
        engines(port, engines);
        if (!ledger.isEmpty() && ledger.getLast().getKind() == StepKind.END) {
          return new Run(ledger, engines);
        }
        alive(learner);
        alive(rollout);
      }
    }
    throw new CommandFailure(
        "run " + name + " did not end within " + longest.toMinutes() + " minutes");
  }

  private static List<TrainingStep> poll(LedgerTail tail) throws InterruptedException {
    try {
      return tail.poll(TICK);
    } catch (RetriableException e) {
      Thread.sleep(TICK);
      return List.of();
    }
  }

  private static void alive(ChildJvm process) {
    if (!process.isAlive()) {
      throw new CommandFailure(
          "a process ended; the end of its log " + process.log() + ":\n" + process.logTail());
    }
  }

  /** Adds what the worker says of itself, if it does. */
  private void engines(int port, List<Engines> to) throws InterruptedException {
    if (!to.isEmpty() && System.currentTimeMillis() - to.getLast().at() < TICK.toMillis()) {
      return;
    }
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/q/metrics"))
            .timeout(Duration.ofSeconds(5))
            .build();
    try {
      long at = System.currentTimeMillis();
      String page = http.send(request, BodyHandlers.ofString()).body();
      to.add(
          new Engines(
              at,
              sum(page, "millrace_rollout_busy_seconds_total"),
              sum(page, "millrace_rollout_steps_total")));
    } catch (IOException e) {
      // It has not started yet.
    }
  }

  /** Of all series of a name, in Prometheus' text format. */
  static double sum(String page, String name) {
    return page.lines()
        .filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() {
    http.shutdownNow();
    running.close();
    BenchSystem.delete(folder, screen);
  }
}
