package dev.millrace.devstack;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks each server that should be up whether it answers: external ones, and a running stack's. */
final class EndpointChecks {
  private final DevStackOptions options;
  private final boolean stackRuns;

  EndpointChecks(DevStackOptions options, boolean stackRuns) {
    this.options = options;
    this.stackRuns = stackRuns;
  }

  List<Check> examine() throws InterruptedException {
    List<Check> checks = new ArrayList<>();
    for (ServerKind kind : ServerKind.values()) {
      if (options.servers().contains(kind) || options.isExternal(kind)) {
        checks.add(examine(kind));
      }
    }
    return checks;
  }

  private Check examine(ServerKind kind) throws InterruptedException {
    if (!options.isExternal(kind) && !stackRuns) {
      return Check.passed(kind.title(), "will be started");
    }
    try (ReadyProbe probe = probe(kind)) {
      Optional<String> missing = probe.whyNotReady();
      if (missing.isEmpty()) {
        return Check.passed(kind.title(), "answers");
      }
      return Check.failed(
          kind.title(),
          missing.get(),
          options.isExternal(kind)
              ? "start it, correct --" + kind.id() + ", or leave that out to get one started"
              : "read " + options.data().resolve("logs").resolve(kind.id() + ".log"));
    } catch (DevStackException e) {
      return Check.failed(kind.title(), e.getMessage(), "correct the settings of this server");
    }
  }

  private ReadyProbe probe(ServerKind kind) {
    return switch (kind) {
      case KAFKA ->
          new KafkaProbe(
              options.kafka().orElseGet(() -> new KafkaEndpoint("127.0.0.1:" + ownPort(kind))));
      case REGISTRY ->
          HttpProbe.registry(
              options.registry().orElseGet(() -> ownHttp(kind, RegistryServer.API_PATH)));
      case OPENSEARCH ->
          HttpProbe.openSearch(options.openSearch().orElseGet(() -> ownHttp(kind, "")));
    };
  }

  private HttpEndpoint ownHttp(ServerKind kind, String path) {
    return new HttpEndpoint(URI.create("http://127.0.0.1:" + ownPort(kind) + path));
  }

  private int ownPort(ServerKind kind) {
    int port = PortBook.in(options.data(), Map.of(), note -> {}).remembered(kind.id());
    if (port == 0) {
      throw new DevStackException("no port of " + kind.title() + " is known in " + options.data());
    }
    return port;
  }
}
