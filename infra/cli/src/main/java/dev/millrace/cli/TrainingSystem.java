package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.devstack.ChildDeath;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.ServerHome;
import dev.millrace.devstack.ServerKind;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.GroupIdNotFoundException;

/**
 * What a training run needs: servers, workers and a learner. Those that run already are joined, the
 * others are started, and stopped again in the opposite order.
 */
final class TrainingSystem implements AutoCloseable {

  private static final String WORKERS = "rollout,reward,monitor";
  private static final Duration ANSWER = Duration.ofSeconds(20);
  private static final Duration READY = Duration.ofSeconds(120);

  private final ServerOptions options;
  private final Screen screen;
  private final Consumer<ChildDeath> onDeath;
  private final Deque<ChildJvm> own = new ArrayDeque<>();
  private Optional<Running> running = Optional.empty();
  private Settings settings;
  private StageContext context;
  private ChildJvm learner;
  private Api learnerApi;
  private volatile boolean stopping;

  private TrainingSystem(ServerOptions options, Screen screen, Consumer<ChildDeath> onDeath) {
    this.options = options;
    this.screen = screen;
    this.onDeath = onDeath;
  }

  /**
   * Servers and workers, joined or started; not yet a learner.
   *
   * @param onDeath called when a process of ours ends without being asked to
   */
  static TrainingSystem start(ServerOptions options, Screen screen, Consumer<ChildDeath> onDeath)
      throws InterruptedException {
    var system = new TrainingSystem(options, screen, onDeath);
    Runtime.getRuntime().addShutdownHook(new Thread(system::stop, "millrace-train-stop"));
    try {
      system.begin();
      return system;
    } catch (RuntimeException | InterruptedException e) {
      system.close();
      throw e;
    }
  }

  private void begin() throws InterruptedException {
    boolean given =
        options.pointsElsewhere("millrace.kafka.bootstrap")
            && options.pointsElsewhere("millrace.registry.urls");
    if (!given && options.instance().isEmpty()) {
      var servers = EnumSet.of(ServerKind.KAFKA, ServerKind.REGISTRY);
      running = Optional.of(Running.start(options, servers, WORKERS, 0, screen, onDeath));
    }
    settings = running.map(one -> around(one.instance())).orElseGet(options::settings);
    context = StageContext.of(settings, new SimpleMeterRegistry());
    if (running.isEmpty()) {
      screen.step("joining the servers at " + context.kafka().bootstrap());
      startMissingWorkers();
    }
  }

  private Settings around(Instance instance) {
    Map<String, String> all = new TreeMap<>(instance.settings());
    all.putAll(options.explicit());
    return Settings.load(options.config(), all);
  }

  StageContext context() {
    return context;
  }

  private void startMissingWorkers() throws InterruptedException {
    List<String> missing = new ArrayList<>();
    for (String stage : List.of("rollout", "reward")) {
      if (members(context.topics().prefix() + settings.text("millrace." + stage + ".group")) == 0) {
        missing.add(stage);
      }
    }
    if (!missing.isEmpty()) {
      String targets = String.join(",", missing);
      screen.step("starting workers, since there are none: " + targets);
      URI api = URI.create("http://127.0.0.1:" + start("workers", targets, Map.of()));
      awaitReady(own.peek(), api);
    }
  }

  private int members(String group) throws InterruptedException {
    try (var admin = Admin.create(context.kafka().admin("millrace-train"))) {
      return admin
          .describeShareGroups(List.of(group))
          .describedGroups()
          .get(group)
          .get(ANSWER.toMillis(), TimeUnit.MILLISECONDS)
          .members()
          .size();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return 0;
      }
      throw Servers.away(
          context, new RetriableException("Kafka does not tell of group " + group, e.getCause()));
    } catch (TimeoutException e) {
      throw Servers.away(
          context, new RetriableException("Kafka does not tell of group " + group, e));
    }
  }

  /**
   * Starts the learner of a run.
   *
   * @param config the run's settings file
   */
  void startLearner(Path config) {
    Map<String, String> more = new TreeMap<>();
    more.put("millrace.learner.config", config.toAbsolutePath().toString());
    if (!options.pointsElsewhere("millrace.learner.snapshots")) {
      more.put("millrace.learner.snapshots", options.data().resolve("snapshots").toString());
    }
    int port = start("learner", "learner", more);
    learner = own.peek();
    learnerApi = new Api(URI.create("http://127.0.0.1:" + port), Optional.empty());
  }

  /** Starts the application for some targets and returns its HTTP port. */
  private int start(String name, String targets, Map<String, String> more) {
    int port = FreePort.find();
    Map<String, String> all = new TreeMap<>();
    settings.below("millrace.").forEach((key, value) -> all.put("millrace." + key, value));
    all.putAll(more);
    all.put("millrace.http.port", String.valueOf(port));
    all.put("millrace.http.host", "127.0.0.1");
    ServerHome home = ServerHome.locate();
    ChildJvm child = AppProcess.start(home, options.data(), name, targets, all, onDeath);
    synchronized (this) {
      own.push(child);
      running.ifPresent(one -> one.adopt(child));
    }
    return port;
  }

  private static void awaitReady(ChildJvm child, URI address) throws InterruptedException {
    long end = System.nanoTime() + READY.toNanos();
    try (var api = new Api(address, Optional.empty())) {
      while (api.status("/q/health/ready") != 200) {
        if (!child.isAlive() || System.nanoTime() > end) {
          throw new CommandFailure(
              "the workers are not ready; the end of their log %s:\n%s"
                  .formatted(child.log(), child.logTail()));
        }
        Thread.sleep(200);
      }
    }
  }

  ChildJvm learner() {
    return learner;
  }

  /** What the learner says about itself; empty while it does not answer. */
  Optional<String> learnerHealth() {
    return learnerApi
        .look("/q/health/ready")
        .map(health -> health.findValue("learner"))
        .filter(JsonNode::isTextual)
        .map(JsonNode::textValue);
  }

  /** True as soon as this process was told to end. */
  boolean isStopping() {
    return stopping;
  }

  private void stop() {
    stopping = true;
    close();
  }

  /** The learner first, then workers, then servers. */
  @Override
  public synchronized void close() {
    while (!own.isEmpty()) {
      own.pop().close();
    }
    running.ifPresent(Running::close);
    running = Optional.empty();
    if (learnerApi != null) {
      learnerApi.close();
    }
  }
}
