package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.devstack.RunningServer;
import dev.millrace.devstack.ServerKind;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class SecondSubsetTest {

  @Test
  void server_that_an_earlier_class_did_not_need_is_started_too(Servers servers) throws Exception {
    URI subjects = URI.create(servers.endpoints().registry() + "/subjects");
    HttpRequest request = HttpRequest.newBuilder(subjects).build();

    try (HttpClient client = HttpClient.newHttpClient()) {
      assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void server_of_the_development_stack_can_be_stopped_and_started(Servers servers)
      throws InterruptedException {
    RunningServer kafka = servers.own(ServerKind.KAFKA);
    String address = kafka.address();

    kafka.restart(Duration.ofSeconds(60));

    assertThat(kafka.isAlive()).isTrue();
    assertThat(servers.endpoints().kafkaBootstrap()).isEqualTo(address);
  }
}
