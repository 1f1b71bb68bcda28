package dev.millrace.index;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import dev.millrace.runtime.Tls;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * Where OpenSearch is and how to speak to it.
 *
 * @param urls http(s) addresses of nodes of one cluster, at least one
 * @param user and {@code password}: basic authentication, both or neither
 * @param tls trust for https addresses; empty: the JDK's own
 * @param connectTimeout of one connection
 * @param timeout of one request
 */
public record OpenSearchSettings(
    List<URI> urls,
    Optional<String> user,
    Optional<String> password,
    Optional<SSLContext> tls,
    Duration connectTimeout,
    Duration timeout) {

  public OpenSearchSettings {
    urls = List.copyOf(urls);
    if (urls.isEmpty()) {
      throw new SettingsException("millrace.opensearch.urls is not set: give OpenSearch's address");
    }
    if (user.isPresent() != password.isPresent()) {
      throw new SettingsException(
          "millrace.opensearch.user and millrace.opensearch.password go together");
    }
  }

  /** Plain access without authentication: 5 s to connect, 30 s a request. */
  public static OpenSearchSettings of(URI... urls) {
    return new OpenSearchSettings(
        List.of(urls),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30));
  }

  /** Reads {@code millrace.opensearch.*}. */
  public static OpenSearchSettings from(Settings settings) {
    return new OpenSearchSettings(
        settings.addresses("millrace.opensearch.urls"),
        settings.optional("millrace.opensearch.user"),
        settings.optional("millrace.opensearch.password"),
        Tls.context(settings, "millrace.opensearch.tls."),
        settings.duration("millrace.opensearch.connect-timeout"),
        settings.duration("millrace.opensearch.timeout"));
  }

  @Override
  public String toString() {
    return "OpenSearchSettings[urls=" + urls + ", user=" + user.orElse("-") + "]";
  }
}
