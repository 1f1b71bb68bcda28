package dev.millrace.devstack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Asks one path of an HTTP server; ready when it answers 200. */
final class HttpProbe implements ReadyProbe {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final HttpClient client;
  private final HttpRequest request;

  HttpProbe(HttpEndpoint endpoint, String pathAndQuery) {
    HttpClient.Builder builder =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT);
    endpoint.truststore().ifPresent(store -> builder.sslContext(trusting(store)));
    client = builder.build();
    HttpRequest.Builder asked =
        HttpRequest.newBuilder(URI.create(endpoint.uri() + pathAndQuery)).timeout(TIMEOUT).GET();
    endpoint.credentials().ifPresent(c -> asked.header("Authorization", c.header()));
    request = asked.build();
  }

  /** An OpenSearch node: its cluster must be yellow or green, which is when indices take writes. */
  static HttpProbe openSearch(HttpEndpoint endpoint) {
    return new HttpProbe(endpoint, "/_cluster/health?wait_for_status=yellow&timeout=1s");
  }

  /** A schema registry with the Confluent-compatible API: it must list its subjects. */
  static HttpProbe registry(HttpEndpoint endpoint) {
    return new HttpProbe(endpoint, "/subjects");
  }

  @Override
  public Optional<String> whyNotReady() throws InterruptedException {
    try {
      int status = client.send(request, BodyHandlers.discarding()).statusCode();
      return status == 200 ? Optional.empty() : Optional.of(explain(status));
    } catch (IOException e) {
      return Optional.of(request.uri() + " does not answer (" + Failures.reason(e) + ")");
    }
  }

  private String explain(int status) {
    String hint =
        switch (status) {
          case 401 -> ": give a user and password";
          case 403 -> ": this user may not";
          case 404 -> ": the address lacks or has a wrong path";
          case 408 -> ": the cluster is not yet yellow or green";
          default -> "";
        };
    return request.uri() + " answers HTTP " + status + hint;
  }

  @Override
  public void close() {
    client.shutdownNow();
  }

  private static SSLContext trusting(HttpEndpoint.Truststore store) {
    try {
      KeyStore keys = KeyStore.getInstance(store.file().toFile(), store.password().toCharArray());
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(keys);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      throw new DevStackException(
          "cannot read the truststore " + store.file() + ": " + Failures.reason(e), e);
    }
  }
}
