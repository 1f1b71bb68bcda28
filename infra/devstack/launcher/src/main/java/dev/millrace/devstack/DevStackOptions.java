package dev.millrace.devstack;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What to start, and where.
 *
 * @param data folder for data, logs, ports and the lock; made when missing
 * @param servers which of the three this stack has
 * @param ports fixed ports; a server without one gets a free port, remembered in the folder
 * @param kafka an existing cluster to use; none is started then
 * @param registry an existing registry to use (base of its Confluent-compatible API)
 * @param openSearch an existing OpenSearch to use
 * @param startDeadline until when all must answer
 * @param onDeath hears of children that ended unexpectedly, once they had been ready
 */
public record DevStackOptions(
    Path data,
    Set<ServerKind> servers,
    Map<ServerKind, Integer> ports,
    Optional<KafkaEndpoint> kafka,
    Optional<HttpEndpoint> registry,
    Optional<HttpEndpoint> openSearch,
    Duration startDeadline,
    Consumer<ChildDeath> onDeath) {

  private static final Duration DEFAULT_START_DEADLINE = Duration.ofSeconds(120);

  public DevStackOptions {
    data = checkedFolder(data);
    servers = servers.isEmpty() ? Set.of() : Set.copyOf(servers);
    ports = Map.copyOf(ports);
    ports.forEach(DevStackOptions::checkPort);
    Objects.requireNonNull(startDeadline, "startDeadline");
    Objects.requireNonNull(onDeath, "onDeath");
  }

  /** All three servers in this folder, on free ports. */
  public static DevStackOptions in(Path data) {
    return new DevStackOptions(
        data,
        EnumSet.allOf(ServerKind.class),
        Map.of(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        DEFAULT_START_DEADLINE,
        death -> {});
  }

  public DevStackOptions withServers(Set<ServerKind> only) {
    return new DevStackOptions(
        data, only, ports, kafka, registry, openSearch, startDeadline, onDeath);
  }

  public DevStackOptions withPort(ServerKind server, int port) {
    Map<ServerKind, Integer> more = new EnumMap<>(ServerKind.class);
    more.putAll(ports);
    more.put(server, port);
    return new DevStackOptions(
        data, servers, more, kafka, registry, openSearch, startDeadline, onDeath);
  }

  public DevStackOptions withExternalKafka(KafkaEndpoint endpoint) {
    return new DevStackOptions(
        data, servers, ports, Optional.of(endpoint), registry, openSearch, startDeadline, onDeath);
  }

  public DevStackOptions withExternalRegistry(HttpEndpoint endpoint) {
    return new DevStackOptions(
        data, servers, ports, kafka, Optional.of(endpoint), openSearch, startDeadline, onDeath);
  }

  public DevStackOptions withExternalOpenSearch(HttpEndpoint endpoint) {
    return new DevStackOptions(
        data, servers, ports, kafka, registry, Optional.of(endpoint), startDeadline, onDeath);
  }

  public DevStackOptions withStartDeadline(Duration deadline) {
    return new DevStackOptions(
        data, servers, ports, kafka, registry, openSearch, deadline, onDeath);
  }

  public DevStackOptions withOnDeath(Consumer<ChildDeath> listener) {
    return new DevStackOptions(
        data, servers, ports, kafka, registry, openSearch, startDeadline, listener);
  }

  /** Whether somebody else runs this server. */
  public boolean isExternal(ServerKind kind) {
    return switch (kind) {
      case KAFKA -> kafka.isPresent();
      case REGISTRY -> registry.isPresent();
      case OPENSEARCH -> openSearch.isPresent();
    };
  }

  /** Whether this server is to be started here. */
  public boolean starts(ServerKind kind) {
    return servers.contains(kind) && !isExternal(kind);
  }

  boolean startsAny() {
    return servers.stream().anyMatch(this::starts);
  }

  private static Path checkedFolder(Path data) {
    Path folder = data.toAbsolutePath().normalize();
    if (folder.toString().matches(".*[,;].*")) {
      // Kafka separates log folders by commas, H2 its options by semicolons.
      throw new IllegalArgumentException(
          "the data folder may have no comma or semicolon in its path: " + folder);
    }
    return folder;
  }

  private static void checkPort(ServerKind server, int port) {
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException(
          "not a port for " + server.title() + ": " + port + "; give 1 to 65535");
    }
  }
}
