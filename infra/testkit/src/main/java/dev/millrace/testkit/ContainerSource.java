package dev.millrace.testkit;

import dev.millrace.devstack.ServerKind;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.lifecycle.Startables;

/** The official images, of the versions that the development stack runs. */
final class ContainerSource implements ServerSource {
  private static final String KAFKA_IMAGE = "apache/kafka:4.3.1";
  private static final String REGISTRY_IMAGE = "apicurio/apicurio-registry:3.3.3";
  private static final String OPENSEARCH_IMAGE = "opensearchproject/opensearch:3.6.0";
  private static final int REGISTRY_PORT = 8080;
  private static final int OPENSEARCH_PORT = 9200;
  private static final String REGISTRY_PATH = "/apis/ccompat/v7";
  private static final Duration START_DEADLINE = Duration.ofMinutes(5);
  private static final int MAX_RECORD_BYTES = 8 << 20;

  private final Map<ServerKind, GenericContainer<?>> containers = new EnumMap<>(ServerKind.class);

  @Override
  public Optional<String> whyNotUsable() {
    return DockerClientFactory.instance().isDockerAvailable()
        ? Optional.empty()
        : Optional.of("millrace.servers=testcontainers was asked for, but no Docker answers here");
  }

  @Override
  public void start(Set<ServerKind> kinds) {
    kinds.forEach(kind -> containers.put(kind, define(kind)));
    Startables.deepStart(kinds.stream().map(containers::get)).join();
  }

  private static GenericContainer<?> define(ServerKind kind) {
    GenericContainer<?> container =
        switch (kind) {
          case KAFKA -> kafka();
          case REGISTRY -> registry();
          case OPENSEARCH -> openSearch();
        };
    return container.withStartupTimeout(START_DEADLINE);
  }

  /** With the settings of the development stack on which tests rely. */
  private static GenericContainer<?> kafka() {
    return new KafkaContainer(KAFKA_IMAGE)
        .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
        .withEnv("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0")
        .withEnv("KAFKA_MESSAGE_MAX_BYTES", Integer.toString(MAX_RECORD_BYTES))
        .withEnv("KAFKA_REPLICA_FETCH_MAX_BYTES", Integer.toString(MAX_RECORD_BYTES + (64 << 10)))
        .withEnv("KAFKA_TRANSACTION_MAX_TIMEOUT_MS", Integer.toString(60 * 60 * 1000))
        .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", "1")
        .withEnv("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", "1");
  }

  private static GenericContainer<?> registry() {
    return new GenericContainer<>(REGISTRY_IMAGE)
        .withExposedPorts(REGISTRY_PORT)
        .waitingFor(Wait.forHttp(REGISTRY_PATH + "/subjects").forPort(REGISTRY_PORT));
  }

  private static GenericContainer<?> openSearch() {
    return new GenericContainer<>(OPENSEARCH_IMAGE)
        .withExposedPorts(OPENSEARCH_PORT)
        .withEnv("discovery.type", "single-node")
        .withEnv("DISABLE_SECURITY_PLUGIN", "true")
        .withEnv("DISABLE_INSTALL_DEMO_CONFIG", "true")
        .withEnv("action.auto_create_index", "false")
        .withEnv("cluster.routing.allocation.disk.threshold_enabled", "false")
        .withEnv("OPENSEARCH_JAVA_OPTS", "-Xms512m -Xmx512m")
        .waitingFor(
            Wait.forHttp("/_cluster/health?wait_for_status=yellow").forPort(OPENSEARCH_PORT));
  }

  @Override
  public String address(ServerKind kind) {
    GenericContainer<?> container = containers.get(kind);
    return switch (kind) {
      case KAFKA -> ((KafkaContainer) container).getBootstrapServers();
      case REGISTRY -> http(container, REGISTRY_PORT) + REGISTRY_PATH;
      case OPENSEARCH -> http(container, OPENSEARCH_PORT);
    };
  }

  private static String http(GenericContainer<?> container, int port) {
    return "http://" + container.getHost() + ":" + container.getMappedPort(port);
  }

  @Override
  public void close() {
    containers.values().forEach(GenericContainer::stop);
  }
}
