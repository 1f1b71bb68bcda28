package dev.millrace.devstack;

import java.util.Optional;

/** The servers that somebody else runs: asked once, since nobody here starts them. */
final class ExternalServers {
  private final DevStackOptions options;

  ExternalServers(DevStackOptions options) {
    this.options = options;
  }

  /**
   * @throws DevStackException for the first one that does not answer
   */
  void requireReachable(StartupProgress progress) throws InterruptedException {
    if (options.kafka().isPresent()) {
      KafkaEndpoint kafka = options.kafka().get();
      require(ServerKind.KAFKA, new KafkaProbe(kafka), kafka.bootstrap(), progress);
    }
    if (options.registry().isPresent()) {
      HttpEndpoint registry = options.registry().get();
      require(
          ServerKind.REGISTRY, HttpProbe.registry(registry), registry.uri().toString(), progress);
    }
    if (options.openSearch().isPresent()) {
      HttpEndpoint openSearch = options.openSearch().get();
      require(
          ServerKind.OPENSEARCH,
          HttpProbe.openSearch(openSearch),
          openSearch.uri().toString(),
          progress);
    }
  }

  private static void require(
      ServerKind kind, ReadyProbe probe, String address, StartupProgress progress)
      throws InterruptedException {
    try (probe) {
      Optional<String> missing = probe.whyNotReady();
      if (missing.isPresent()) {
        throw new DevStackException(
            missing.get() + "; start it, correct --" + kind.id() + ", or leave it out");
      }
      progress.external(kind, address);
    }
  }
}
