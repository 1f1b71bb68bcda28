package dev.millrace.testkit;

import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerKind;
import java.net.URI;
import java.util.EnumSet;
import java.util.Set;

/** What runs for the tests of this JVM; grows when a class needs more than those before it. */
final class SharedServers implements AutoCloseable {
  private final ServerSource source;
  private final Set<ServerKind> started = EnumSet.noneOf(ServerKind.class);

  SharedServers(ServerSource source) {
    this.source = source;
  }

  synchronized Servers require(Set<ServerKind> wanted) {
    Set<ServerKind> missing = EnumSet.copyOf(wanted);
    missing.removeAll(started);
    if (!missing.isEmpty()) {
      try {
        source.start(missing);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while servers started: " + missing, e);
      }
      started.addAll(missing);
    }
    return new Servers(endpoints(), source::own);
  }

  private DevStackEndpoints endpoints() {
    String registry = address(ServerKind.REGISTRY);
    String openSearch = address(ServerKind.OPENSEARCH);
    return new DevStackEndpoints(
        address(ServerKind.KAFKA),
        registry == null ? null : URI.create(registry),
        openSearch == null ? null : URI.create(openSearch));
  }

  private String address(ServerKind kind) {
    return started.contains(kind) ? source.address(kind) : null;
  }

  @Override
  public synchronized void close() {
    source.close();
  }
}
