package dev.millrace.cli;

import dev.millrace.ingest.DocumentProducer;
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
import java.util.stream.Stream;

/** Servers and application in an empty folder, for one benchmark. */
public final class BenchSystem implements AutoCloseable {

  private final Path folder;
  private final Screen screen;
  private final Running running;
  private final Api api;
  private final StageContext context;
  private final DocumentProducer documents;

  private BenchSystem(ServerOptions options, Path folder) throws InterruptedException {
    this.folder = folder;
    this.screen = new Screen(System.out);
    this.running = Running.start(options.in(folder), "all", 0, screen, death -> {});
    this.api = new Api(running.instance().api(), Optional.empty());
    this.context = StageContext.of(options.in(folder).settings(), new SimpleMeterRegistry());
    this.documents = Producers.documents(context);
  }

  /**
   * Starts all.
   *
   * @param folder empty; {@link #close} deletes it
   */
  public static BenchSystem start(ServerOptions options, Path folder) throws InterruptedException {
    return new BenchSystem(options, folder);
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
    boolean held = tour.run(seed);
    Map<String, Double> figures = new LinkedHashMap<>(tour.figures());
    figures.put("held", held ? 1.0 : 0.0);
    return figures;
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
