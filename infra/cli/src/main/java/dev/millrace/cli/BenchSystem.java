package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.ServerKind;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.learner.bench.SingleProcess;
import dev.millrace.monitor.audit.AuditLimits;
import dev.millrace.monitor.audit.AuditProgress;
import dev.millrace.monitor.audit.TaskAudit;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Servers and application in an empty folder, for one benchmark. */
public final class BenchSystem implements AutoCloseable {

  private final Path folder;
  private final Screen screen;
  private final Running running;
  private final Api api;
  private final StageContext context;
  private final DocumentProducer documents;

  private BenchSystem(ServerOptions options, Set<ServerKind> servers, String targets, Path folder)
      throws InterruptedException {
    this.folder = folder;
    this.screen = new Screen(System.out);
    this.running = Running.start(options.in(folder), servers, targets, 0, screen, death -> {});
    this.api = new Api(running.instance().api(), Optional.empty());
    this.context = StageContext.of(options.in(folder).settings(), new SimpleMeterRegistry());
    this.documents = Producers.documents(context);
  }

  /**
   * Starts all.
   *
   * @param servers that the targets need
   * @param targets of the application
   * @param folder of its data; {@link #close} deletes it
   */
  public static BenchSystem start(
      ServerOptions options, Set<ServerKind> servers, String targets, Path folder)
      throws InterruptedException {
    return new BenchSystem(options, servers, targets, folder);
  }

  /** Where the demo's documents lie. */
  public static Path demoDocuments() {
    return DemoCorpus.carried().folder();
  }

  /**
   * Sends the demo's documents.
   *
   * @return how many there are
   */
  public long sendDemo() {
    List<DemoCorpus.Page> pages = DemoCorpus.carried().pages();
    pages.forEach(page -> documents.send(DemoTour.document(page)));
    documents.flush(Duration.ofSeconds(60));
    return pages.size();
  }

  public Api api() {
    return api;
  }

  public StageContext context() {
    return context;
  }

  public DocumentProducer documents() {
    return documents;
  }

  public URI openSearch() {
    return context.settings().addresses("millrace.opensearch.urls").getFirst();
  }

  /** Runs the demo's tour and tells how long its parts took. */
  public Map<String, Duration> tour() throws InterruptedException {
    var tour = new DemoTour(documents, api, screen);
    if (!tour.run(DemoCorpus.carried())) {
      throw new CommandFailure("not every step of the tour held");
    }
    return tour.timings();
  }

  /**
   * Runs the demo's learning once and tells its figures; whether its steps held is figure {@code
   * held}, 1 or 0.
   */
  public Map<String, Double> learn(long seed) throws InterruptedException {
    var tour = new LearningTour(context, running, api, screen, folder);
    try (var engines = EngineProbe.of(api)) {
      boolean held = tour.run(seed);
      Map<String, Double> figures = new LinkedHashMap<>(tour.outcome());
      figures.put("held", held ? 1.0 : 0.0);
      figures.putAll(tour.figures().byName());
      double rest = engines.use().idle(tour.figures().learnsAt(), tour.figures().endedAt());
      figures.put("rollout_idle", rest);
      figures.put("share_sampling_beside", 1 - rest);
      return figures;
    }
  }

  /** The same run in a single process, without a log; its figures. */
  public JsonNode learnAlone(long seed) throws InterruptedException {
    var arguments =
        List.of(
            AdditionRecipe.write(folder, "alone-" + seed, seed).toString(),
            AdditionRecipe.writePrompts(folder).toString());
    return ModelsJvm.figures(SingleProcess.class.getName(), arguments, screen::line);
  }

  /**
   * Writes the demo's run for a program that makes it without a log.
   *
   * @return its settings and its prompts
   */
  public static List<String> demoRun(Path folder) {
    return List.of(
        AdditionRecipe.write(folder, "alone", 1).toString(),
        AdditionRecipe.writePrompts(folder).toString());
  }

  /** Puts the demo's prompts into the log. */
  public void pushSums() {
    push(AdditionTask.prompts());
  }

  /** Puts prompts into the log. */
  public void push(List<Prompt> prompts) {
    try (PromptProducer producer = Producers.prompts(context)) {
      prompts.forEach(producer::send);
      producer.flush(Duration.ofSeconds(60));
    }
  }

  /**
   * Starts a learner of the demo's task; one that was killed goes on.
   *
   * @param run its name
   */
  public ChildJvm learner(String run) {
    return learner(run, AdditionRecipe.write(folder, run, 1), Map.of());
  }

  /**
   * Starts a learner.
   *
   * @param run its name
   * @param recipe the run's settings, as JSON
   * @param more settings of the process
   */
  public ChildJvm learner(String run, JsonNode recipe, Map<String, String> more) {
    try {
      return learner(
          run, Files.writeString(folder.resolve(run + ".json"), recipe.toString()), more);
    } catch (IOException e) {
      throw new CommandFailure("cannot write to " + folder + ": " + e.getMessage(), e);
    }
  }

  private ChildJvm learner(String run, Path recipe, Map<String, String> more) {
    Map<String, String> settings = new TreeMap<>(more);
    settings.put("millrace.learner.config", recipe.toString());
    settings.put("millrace.learner.snapshots", folder.resolve("snapshots").toString());
    return running.startBeside("learner-" + run, "learner", settings, death -> {});
  }

  /** Starts a rollout worker that has one task in hand at a time. */
  public ChildJvm worker(String name) {
    return running.startBeside(
        name,
        "rollout",
        Map.of("millrace.rollout.lanes", "1", "millrace.rollout.records", "1"),
        death -> {});
  }

  /** A rollout worker, and what its engines do. */
  public record Worker(ChildJvm process, Api api, EngineProbe engines) implements AutoCloseable {

    @Override
    public void close() {
      engines.close();
      api.close();
      process.close();
    }
  }

  /** Starts a rollout worker that is watched. */
  public Worker worker(String name, Map<String, String> more) {
    int port = FreePort.find();
    Map<String, String> settings = new TreeMap<>(more);
    settings.put("millrace.http.port", String.valueOf(port));
    ChildJvm process = running.startBeside(name, "rollout", settings, death -> {});
    var own = new Api(URI.create("http://127.0.0.1:" + port), Optional.empty());
    return new Worker(process, own, EngineProbe.of(own));
  }

  /** Whether every task of a run is accounted for. */
  public boolean addsUp(String run) {
    return new TaskAudit(context, Optional.of(run), AuditLimits.DEFAULT)
        .run(AuditProgress.SILENT)
        .addsUp();
  }

  /** Resident memory by process name in mebibytes, this process too; empty where /proc is not. */
  public Map<String, Long> residentMebibytes() {
    Map<String, Long> resident = new LinkedHashMap<>();
    ProcessHandle self = ProcessHandle.current();
    List<ProcessHandle> all = Stream.concat(Stream.of(self), self.descendants()).toList();
    for (ProcessHandle process : all) {
      String name = process.equals(self) ? "launcher" : name(process);
      resident(process.pid()).ifPresent(value -> resident.merge(name, value, Long::sum));
    }
    return resident;
  }

  private static String name(ProcessHandle process) {
    String command = commandLine(process.pid());
    for (String known : List.of("kafka.KafkaMain", "opensearch.OpenSearchMain", "app.Main")) {
      if (command.contains("dev.millrace." + known) || command.contains("devstack." + known)) {
        return known.substring(0, known.indexOf('.'));
      }
    }
    return command.contains("apicurio") ? "registry" : "other";
  }

  /** The whole of it: the JDK gives the first 4 kB, and class paths are longer. */
  private static String commandLine(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline"));
    } catch (IOException e) {
      return "";
    }
  }

  private static Optional<Long> resident(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines
          .filter(line -> line.startsWith("VmRSS:"))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    documents.close();
    api.close();
    running.close();
    delete(folder);
  }

  /** Deletes a folder with all that is in it, and says what it could not. */
  public static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      System.out.println("left behind: " + folder + " (" + e.getMessage() + ")");
    }
  }
}
