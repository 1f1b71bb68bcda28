package dev.millrace.cli;

import dev.millrace.devstack.ChildDeath;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.DevStack;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerHome;
import dev.millrace.devstack.ServerKind;
import dev.millrace.devstack.StartupProgress;
import dev.millrace.runtime.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Servers and application, started side by side by this process and stopped with it. */
final class Running implements AutoCloseable {

  private static final Duration READY = Duration.ofSeconds(120);

  private final Path data;
  private final AtomicReference<ChildJvm> app = new AtomicReference<>();
  private final Deque<ChildJvm> others = new ArrayDeque<>();
  private Map<String, String> handedOn = Map.of();
  private DevStack servers;
  private Instance instance;

  private Running(Path data) {
    this.data = data;
  }

  /**
   * Starts what is not given from outside and returns when the application is ready.
   *
   * @param httpPort of the API; 0: a free one
   * @throws dev.millrace.devstack.DevStackException or {@link CommandFailure} with one line;
   *     nothing is left running then
   */
  static Running start(
      ServerOptions options,
      String targets,
      int httpPort,
      Screen screen,
      Consumer<ChildDeath> onDeath)
      throws InterruptedException {
    return start(options, EnumSet.allOf(ServerKind.class), targets, httpPort, screen, onDeath);
  }

  /**
   * The same with some of the servers only.
   *
   * @param kinds that the targets need
   */
  static Running start(
      ServerOptions options,
      Set<ServerKind> kinds,
      String targets,
      int httpPort,
      Screen screen,
      Consumer<ChildDeath> onDeath)
      throws InterruptedException {
    var running = new Running(options.data());
    var hook = new Thread(running::close, "millrace-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      running.begin(options, kinds, targets, httpPort, screen, onDeath);
      return running;
    } catch (RuntimeException | InterruptedException e) {
      running.close();
      throw e;
    }
  }

  private void begin(
      ServerOptions options,
      Set<ServerKind> kinds,
      String targets,
      int httpPort,
      Screen screen,
      Consumer<ChildDeath> onDeath)
      throws InterruptedException {
    Settings settings = options.given();
    int port = httpPort == 0 ? FreePort.find() : httpPort;
    FreePort.require(port, "the HTTP API", "--port");
    URI api = URI.create("http://127.0.0.1:" + port);
    Map<String, String> handed = new TreeMap<>(settings.below("millrace."));
    Map<String, String> forApp = new TreeMap<>();
    handed.forEach((key, value) -> forApp.put("millrace." + key, value));
    forApp.put("millrace.http.port", String.valueOf(port));
    forApp.put("millrace.preprocess.state-dir", data.resolve("streams").toString());
    ServerHome home = ServerHome.locate();
    var progress =
        new StartupProgress() {
          @Override
          public void planned(DevStackEndpoints endpoints) {
            forApp.put("millrace.kafka.bootstrap", endpoints.kafkaBootstrap());
            forApp.put("millrace.registry.urls", endpoints.registry().toString());
            if (kinds.contains(ServerKind.OPENSEARCH)) {
              forApp.put("millrace.opensearch.urls", endpoints.openSearch().toString());
            }
            screen.step("starting Millrace (" + targets + ") beside its servers");
            app.set(AppProcess.start(home, data, "app", targets, forApp, onDeath));
          }

          @Override
          public void starting(ServerKind server) {
            screen.step("starting " + server.title());
          }

          @Override
          public void ready(ServerKind server, String address, Duration took) {
            screen.step(server.title() + " answers at " + address);
          }

          @Override
          public void external(ServerKind server, String address) {
            screen.step(server.title() + " is yours, at " + address);
          }

          @Override
          public void note(String line) {
            screen.step(line);
          }
        };
    servers =
        DevStack.start(
            Stacks.options(options, settings).withServers(kinds).withOnDeath(onDeath), progress);
    try (var client = new Api(api, Optional.empty())) {
      awaitReady(client);
    }
    screen.step("Millrace is ready at " + api);
    handedOn = Map.copyOf(forApp);
    instance = new Instance(ProcessHandle.current().pid(), api, serverSettings(forApp));
    instance.write(data);
  }

  private static Map<String, String> serverSettings(Map<String, String> all) {
    var kept = new TreeMap<String, String>();
    all.forEach(
        (key, value) -> {
          if (key.startsWith("millrace.kafka.")
              || key.startsWith("millrace.registry.")
              || key.startsWith("millrace.opensearch.")
              || key.startsWith("millrace.topics.")) {
            kept.put(key, value);
          }
        });
    // Secrets stay where the operator put them.
    kept.keySet().removeIf(key -> key.contains("password") || key.contains("jaas"));
    return kept;
  }

  private void awaitReady(Api api) throws InterruptedException {
    long end = System.nanoTime() + READY.toNanos();
    while (api.status("/q/health/ready") != 200) {
      ChildJvm child = app.get();
      if (!child.isAlive()) {
        throw new CommandFailure(
            "the application ended; the end of its log " + child.log() + ":\n" + child.logTail());
      }
      if (System.nanoTime() > end) {
        throw new CommandFailure(
            "the application is not ready after "
                + READY.toSeconds()
                + " s; "
                + api.base()
                + "/q/health says why, its log is "
                + child.log());
      }
      Thread.sleep(200);
    }
  }

  /**
   * Starts one more process of the application, with the same settings, which ends with the others.
   *
   * @param name of the process and its log
   * @param more settings that it alone has
   */
  ChildJvm startBeside(
      String name, String targets, Map<String, String> more, Consumer<ChildDeath> onDeath) {
    Map<String, String> own = new TreeMap<>(handedOn);
    own.put("millrace.http.port", String.valueOf(FreePort.find()));
    own.putAll(more);
    ChildJvm child = AppProcess.start(ServerHome.locate(), data, name, targets, own, onDeath);
    adopt(child);
    return child;
  }

  Instance instance() {
    return instance;
  }

  DevStack servers() {
    return servers;
  }

  ChildJvm app() {
    return app.get();
  }

  /** Takes a process that needs the servers into custody: it is stopped before the others. */
  synchronized void adopt(ChildJvm process) {
    others.push(process);
  }

  /** What was adopted first, then the application, then the servers. */
  @Override
  public synchronized void close() {
    Instance.forget(data);
    while (!others.isEmpty()) {
      others.pop().close();
    }
    ChildJvm child = app.getAndSet(null);
    if (child != null) {
      child.close();
    }
    if (servers != null) {
      servers.close();
      servers = null;
    }
  }
}
