package dev.millrace.devstack;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the three servers alone in a folder, until Ctrl-C. */
@Command(
    name = "devstack",
    mixinStandardHelpOptions = true,
    description = "Runs Kafka, a schema registry and OpenSearch in a folder, until Ctrl-C.")
public final class DevStackMain implements Callable<Integer> {
  @Option(
      names = "--data",
      defaultValue = ".millrace",
      description = "Folder for data and logs (default: ${DEFAULT-VALUE}).")
  private Path data;

  @Option(names = "--kafka-port", description = "Default: a free port, remembered in the folder.")
  private Integer kafkaPort;

  @Option(names = "--registry-port", description = "Default: a free port, as above.")
  private Integer registryPort;

  @Option(names = "--opensearch-port", description = "Default: a free port, as above.")
  private Integer openSearchPort;

  @Option(names = "--kafka", description = "Use this Kafka (host:port) and start none.")
  private String kafka;

  @Option(names = "--registry", description = "Use this registry (URI of its API); start none.")
  private URI registry;

  @Option(names = "--opensearch", description = "Use this OpenSearch (URI) and start none.")
  private URI openSearch;

  @Option(
      names = "--only",
      split = ",",
      description = "Start only these of kafka, registry, opensearch.")
  private List<String> only = new ArrayList<>();

  public static void main(String[] args) {
    System.setProperty("slf4j.internal.verbosity", "ERROR"); // No binding here, on purpose.
    CommandLine commandLine = new CommandLine(new DevStackMain());
    commandLine.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof DevStackException || failure instanceof IllegalArgumentException) {
            if (failure instanceof DevStackException known && !known.details().isEmpty()) {
              command.getErr().println(known.details());
            }
            command.getErr().println("devstack: " + failure.getMessage());
            return 1;
          }
          throw failure;
        });
    System.exit(commandLine.execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    DevStack[] started = new DevStack[1];
    Thread starter = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(started, starter), "devstack-stop"));
    DevStackOptions options =
        options()
            .withOnDeath(
                death -> {
                  System.err.println(death.tail());
                  System.err.println("devstack: " + death.sentence());
                  ended.countDown();
                });
    long began = System.nanoTime();
    try {
      started[0] = DevStack.start(options, new PrintedProgress(System.out));
      long millis = Duration.ofNanos(System.nanoTime() - began).toMillis();
      System.out.printf("all ready in %.1f s; data in %s%n", millis / 1000.0, started[0].data());
      System.out.println("Ctrl-C stops them.");
      ended.await();
      return 1;
    } catch (InterruptedException e) {
      return 0; // Ctrl-C: the hook stops the servers, or the failed start has done so.
    }
  }

  private static void stop(DevStack[] started, Thread starter) {
    starter.interrupt();
    DevStack stack = started[0];
    if (stack != null) {
      stack.close();
    }
  }

  private DevStackOptions options() {
    DevStackOptions options = DevStackOptions.in(data).withServers(servers());
    if (kafkaPort != null) {
      options = options.withPort(ServerKind.KAFKA, kafkaPort);
    }
    if (registryPort != null) {
      options = options.withPort(ServerKind.REGISTRY, registryPort);
    }
    if (openSearchPort != null) {
      options = options.withPort(ServerKind.OPENSEARCH, openSearchPort);
    }
    if (kafka != null) {
      options = options.withExternalKafka(new KafkaEndpoint(kafka));
    }
    if (registry != null) {
      options = options.withExternalRegistry(new HttpEndpoint(registry));
    }
    if (openSearch != null) {
      options = options.withExternalOpenSearch(new HttpEndpoint(openSearch));
    }
    return options;
  }

  private Set<ServerKind> servers() {
    if (only.isEmpty()) {
      return EnumSet.allOf(ServerKind.class);
    }
    Set<ServerKind> chosen = EnumSet.noneOf(ServerKind.class);
    for (String id : only) {
      chosen.add(ServerKind.ofId(id.strip()));
    }
    return chosen;
  }
}
