package dev.millrace.testkit;

import dev.millrace.devstack.RunningServer;
import dev.millrace.devstack.ServerKind;
import java.util.Optional;
import java.util.Set;

/** Where the servers of the tests come from. */
interface ServerSource extends AutoCloseable {

  /** The source that the system properties choose. */
  static ServerSource fromProperties() {
    String chosen = System.getProperty("millrace.servers", "devstack");
    return switch (chosen) {
      case "devstack" -> new DevStackSource(KnownServers.fromProperties());
      case "testcontainers" -> new ContainerSource();
      default ->
          throw new IllegalArgumentException(
              "millrace.servers is '" + chosen + "'; give devstack or testcontainers");
    };
  }

  /** Empty when servers can be had here; otherwise the reason for which tests are skipped. */
  default Optional<String> whyNotUsable() {
    return Optional.empty();
  }

  /** Starts these, side by side, and returns when they answer. None was started before. */
  void start(Set<ServerKind> kinds) throws InterruptedException;

  /** The address of a started server, in the form of {@code DevStackEndpoints}. */
  String address(ServerKind kind);

  /** The server, where tests may kill it. */
  default Optional<RunningServer> own(ServerKind kind) {
    return Optional.empty();
  }

  @Override
  void close();
}
