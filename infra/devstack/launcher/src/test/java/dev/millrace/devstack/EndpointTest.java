package dev.millrace.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "broker", "broker:9092,other", "broker:port"})
  void address_that_is_no_bootstrap_server_is_refused(String address) {
    assertThatThrownBy(() -> new KafkaEndpoint(address))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("host:port");
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:9200", "ftp://host/", "/path"})
  void address_that_is_not_http_is_refused(String address) {
    assertThatThrownBy(() -> new HttpEndpoint(URI.create(address)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + address + "'");
  }

  @Test
  void slash_at_the_end_of_an_address_is_dropped() {
    assertThat(new HttpEndpoint(URI.create("https://h:1/p/")).uri()).hasToString("https://h:1/p");
  }

  @Test
  void kafka_client_gets_its_security_settings_but_nobody_sees_them() {
    KafkaEndpoint endpoint = new KafkaEndpoint("b:1", Map.of("sasl.jaas.config", "secret"));

    assertThat(endpoint.clientProperties())
        .containsEntry("bootstrap.servers", "b:1")
        .containsEntry("sasl.jaas.config", "secret");
    assertThat(endpoint.toString()).doesNotContain("secret");
  }

  @Test
  void password_reaches_the_server_and_its_lack_is_told() throws Exception {
    HttpServer server = serverWithPassword("ada", "love");
    try {
      URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
      var credentials = new HttpEndpoint.Credentials("ada", "love");
      var known = new HttpEndpoint(uri, Optional.of(credentials), Optional.empty());

      assertThat(whyNotReady(known)).isEmpty();
      assertThat(whyNotReady(new HttpEndpoint(uri)).orElseThrow())
          .contains("/subjects answers HTTP 401: give a user and password");
      assertThat(known.toString()).doesNotContain("love");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void missing_truststore_is_told_with_its_path() {
    var store = new HttpEndpoint.Truststore(Path.of("/no/such/store.p12"), "x");
    var endpoint =
        new HttpEndpoint(URI.create("https://127.0.0.1:1"), Optional.empty(), Optional.of(store));

    assertThatThrownBy(() -> HttpProbe.registry(endpoint))
        .isInstanceOf(DevStackException.class)
        .hasMessageContaining("cannot read the truststore /no/such/store.p12");
  }

  private static Optional<String> whyNotReady(HttpEndpoint endpoint) throws InterruptedException {
    try (HttpProbe probe = HttpProbe.registry(endpoint)) {
      return probe.whyNotReady();
    }
  }

  private static HttpServer serverWithPassword(String user, String password) throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.create(address, 0);
    server
        .createContext(
            "/subjects",
            exchange -> {
              exchange.sendResponseHeaders(200, -1);
              exchange.close();
            })
        .setAuthenticator(
            new BasicAuthenticator("test") {
              @Override
              public boolean checkCredentials(String givenUser, String givenPassword) {
                return user.equals(givenUser) && password.equals(givenPassword);
              }
            });
    server.start();
    return server;
  }
}
