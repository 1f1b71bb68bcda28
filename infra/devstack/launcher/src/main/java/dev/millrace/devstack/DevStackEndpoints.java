package dev.millrace.devstack;

import java.net.URI;

/**
 * Where the three servers answer. A server that was neither started nor given is null inside, and
 * its accessor throws.
 *
 * @param kafkaBootstrap {@code host:port[,host:port...]}
 * @param registry base of the Confluent-compatible API, as {@code http://host:port/apis/ccompat/v7}
 * @param openSearch base URI, as {@code http://host:port}
 */
public record DevStackEndpoints(String kafkaBootstrap, URI registry, URI openSearch) {

  @Override
  public String kafkaBootstrap() {
    return present(kafkaBootstrap, ServerKind.KAFKA);
  }

  @Override
  public URI registry() {
    return present(registry, ServerKind.REGISTRY);
  }

  @Override
  public URI openSearch() {
    return present(openSearch, ServerKind.OPENSEARCH);
  }

  private static <T> T present(T endpoint, ServerKind kind) {
    if (endpoint == null) {
      throw new IllegalStateException("this stack was started without " + kind.title());
    }
    return endpoint;
  }
}
