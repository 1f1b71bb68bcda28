package dev.millrace.cli;

import dev.millrace.devstack.DevStackEndpoints;
import java.util.HashMap;
import java.util.Map;

/** Settings of an installation of its own on the servers that tests share. */
final class ServerSettings {

  private ServerSettings() {}

  /** A map that may be added to: where the servers are, and what every name begins with. */
  static Map<String, String> of(DevStackEndpoints servers, String prefix) {
    return new HashMap<>(
        Map.of(
            "millrace.kafka.bootstrap", servers.kafkaBootstrap(),
            "millrace.registry.urls", servers.registry().toString(),
            "millrace.opensearch.urls", servers.openSearch().toString(),
            "millrace.opensearch.prefix", prefix,
            "millrace.topics.prefix", prefix));
  }
}
