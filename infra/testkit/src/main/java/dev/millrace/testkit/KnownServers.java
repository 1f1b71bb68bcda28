package dev.millrace.testkit;

import dev.millrace.devstack.ServerKind;
import java.util.EnumMap;
import java.util.Map;

/**
 * Servers that run already, such as a developer's own stack that stays up between test runs.
 *
 * @param addresses by kind; may be empty
 */
record KnownServers(Map<ServerKind, String> addresses) {
  private static final String PREFIX = "millrace.test.";

  KnownServers {
    addresses = Map.copyOf(addresses);
  }

  static KnownServers fromProperties() {
    Map<ServerKind, String> addresses = new EnumMap<>(ServerKind.class);
    for (ServerKind kind : ServerKind.values()) {
      String address = System.getProperty(PREFIX + kind.id(), "");
      if (!address.isBlank()) {
        addresses.put(kind, address.strip());
      }
    }
    return new KnownServers(addresses);
  }
}
