package dev.millrace.contracts.registry;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Where the schema registry is and how to speak to it.
 *
 * @param urls base addresses of the Confluent-compatible API, tried in order, for example {@code
 *     http://localhost:8081} or {@code http://localhost:8080/apis/ccompat/v7}
 * @param user and {@code password}: basic authentication, both or neither
 * @param tls trust and keys for https addresses; empty: the JDK's defaults
 * @param timeout of one request
 * @param deadline of one call, all its retries included
 * @param autoRegister whether serializers may register the schema they write
 */
public record RegistrySettings(
    List<URI> urls,
    Optional<String> user,
    Optional<String> password,
    Optional<SSLContext> tls,
    Duration timeout,
    Duration deadline,
    boolean autoRegister) {

  public RegistrySettings {
    if (urls.isEmpty()) {
      throw new IllegalArgumentException("the schema registry needs at least one address");
    }
    for (URI url : urls) {
      if (url.getHost() == null || url.getScheme() == null || !url.getScheme().startsWith("http")) {
        throw new IllegalArgumentException("not an http(s) address of a schema registry: " + url);
      }
    }
    if (user.isPresent() != password.isPresent()) {
      throw new IllegalArgumentException("registry user and password go together");
    }
    urls = List.copyOf(urls);
  }

  /** Plain HTTP, no authentication, 10 s a request, 30 s a call, registration allowed. */
  public static RegistrySettings of(URI... urls) {
    return new RegistrySettings(
        List.of(urls),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        true);
  }

  @Override
  public String toString() {
    return "RegistrySettings[urls=" + urls + ", user=" + user.orElse("-") + "]";
  }
}
