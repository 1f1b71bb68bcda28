package dev.millrace.devstack;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Kafka, a schema registry and OpenSearch as child JVMs on loopback, with their data in one folder.
 * {@link #start} returns when all of them really answer; {@link #close} stops them, Kafka last.
 */
public final class DevStack implements AutoCloseable {
  private static final long MIN_FREE_BYTES = 512L << 20;

  private final DevStackOptions options;
  private final StartupProgress progress;
  private final FolderLock lock;
  private final RunningChildren running;
  private final Map<ServerKind, RunningServer> servers = new EnumMap<>(ServerKind.class);
  private DevStackEndpoints endpoints;
  private boolean closed;

  private DevStack(DevStackOptions options, StartupProgress progress) {
    this.options = options;
    this.progress = progress;
    this.lock = FolderLock.acquire(options.data());
    this.running = new RunningChildren(options.data().resolve("run"));
  }

  /**
   * Starts side by side what is not given from outside, and waits until all answer.
   *
   * @throws DevStackException in one line what is wrong; nothing is left running then
   */
  public static DevStack start(DevStackOptions options, StartupProgress progress)
      throws InterruptedException {
    if (options.startsAny()) {
      FolderProblem.requireFree(options.data(), MIN_FREE_BYTES);
    }
    DevStack stack = new DevStack(options, progress);
    try {
      stack.running.awaitPredecessors(progress::note);
      stack.defineServers();
      progress.planned(stack.endpoints);
      stack.startAll();
      return stack;
    } catch (RuntimeException | InterruptedException e) {
      stack.close();
      throw e;
    }
  }

  private void defineServers() {
    // Who only uses servers of others needs none laid out.
    ServerHome home = options.startsAny() ? ServerHome.locate() : null;
    Path data = options.data();
    Map<String, Integer> given = new HashMap<>();
    options.ports().forEach((server, port) -> given.put(server.id(), port));
    PortBook ports = PortBook.in(data, given, progress::note);
    String kafkaBootstrap = options.kafka().map(KafkaEndpoint::bootstrap).orElse(null);
    URI registryUri = options.registry().map(HttpEndpoint::uri).orElse(null);
    URI openSearchUri = options.openSearch().map(HttpEndpoint::uri).orElse(null);
    if (options.starts(ServerKind.OPENSEARCH)) {
      OpenSearchServer server =
          new OpenSearchServer(
              home, data, ports.port("opensearch"), ports.port("opensearch-transport"));
      openSearchUri = server.uri();
      define(ServerKind.OPENSEARCH, home, server);
    }
    if (options.starts(ServerKind.REGISTRY)) {
      RegistryServer server =
          new RegistryServer(home, data, ports.port("registry"), ports.port("registry-management"));
      registryUri = server.uri();
      define(ServerKind.REGISTRY, home, server);
    }
    if (options.starts(ServerKind.KAFKA)) {
      KafkaServer server =
          new KafkaServer(home, data, ports.port("kafka"), ports.port("kafka-controller"));
      kafkaBootstrap = server.address();
      define(ServerKind.KAFKA, home, server);
    }
    ports.save();
    endpoints = new DevStackEndpoints(kafkaBootstrap, registryUri, openSearchUri);
  }

  private void define(ServerKind kind, ServerHome home, ServerDefinition definition) {
    servers.put(kind, new RunningServer(kind, home, definition, running, options.onDeath()));
  }

  private void startAll() throws InterruptedException {
    ExecutorService starters =
        Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().daemon().name("devstack-start-", 0).factory());
    try {
      CompletionService<Void> starts = new ExecutorCompletionService<>(starters);
      starts.submit(this::checkExternal);
      // OpenSearch is the slowest, so it goes first.
      List<RunningServer> slowestFirst = new ArrayList<>(servers.values()).reversed();
      slowestFirst.forEach(server -> starts.submit(() -> startOne(server)));
      for (int i = 0; i <= slowestFirst.size(); i++) {
        starts.take().get();
      }
    } catch (ExecutionException e) {
      throw asDevStackException(e.getCause());
    } finally {
      // After a failure this interrupts the others: nobody should wait for them.
      starters.shutdownNow();
    }
  }

  private Void startOne(RunningServer server) throws InterruptedException {
    long began = System.nanoTime();
    progress.starting(server.kind());
    server.start(options.startDeadline());
    progress.ready(server.kind(), server.address(), Duration.ofNanos(System.nanoTime() - began));
    return null;
  }

  private Void checkExternal() throws InterruptedException {
    ExternalServers external = new ExternalServers(options);
    external.requireReachable(progress);
    return null;
  }

  private static DevStackException asDevStackException(Throwable cause) {
    return cause instanceof DevStackException known
        ? known
        : new DevStackException("the stack did not start: " + Failures.reason(cause), cause);
  }

  /** Where the servers answer; the same for the life of this stack, restarts included. */
  public DevStackEndpoints endpoints() {
    return endpoints;
  }

  /** The folder with data and logs. */
  public Path data() {
    return options.data();
  }

  /**
   * One of the servers that this stack started.
   *
   * @throws IllegalArgumentException if it did not: it is external or was left out
   */
  public RunningServer server(ServerKind kind) {
    RunningServer server = servers.get(kind);
    if (server == null) {
      throw new IllegalArgumentException("this stack did not start " + kind.title());
    }
    return server;
  }

  /** Stops the registry and OpenSearch side by side, then Kafka; gives up the folder. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    List<RunningServer> clients =
        servers.values().stream().filter(server -> server.kind() != ServerKind.KAFKA).toList();
    clients.forEach(RunningServer::beginClose);
    clients.forEach(RunningServer::awaitClosed);
    Optional.ofNullable(servers.get(ServerKind.KAFKA))
        .ifPresent(
            kafka -> {
              kafka.beginClose();
              kafka.awaitClosed();
            });
    lock.close();
  }
}
