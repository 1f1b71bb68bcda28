package dev.millrace.app.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.Topics;
import dev.millrace.contracts.registry.RegistrySettings;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.index.Manifest;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.ProducerSettings;
import dev.millrace.ingest.state.DocumentState;
import dev.millrace.ingest.state.DocumentState.Received;
import dev.millrace.ingest.state.DocumentState.Settled;
import dev.millrace.runtime.RetriableException;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the API answers by itself, with Kafka and the registry away. */
class DocumentApiTest {

  private static final Duration SHORT = Duration.ofMillis(300);

  private final Map<String, DocumentState> known = new HashMap<>();
  private DocumentProducer producer;
  private DocumentApi api;

  @BeforeEach
  void start() throws IOException {
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    var registry =
        new SchemaRegistry(
            new RegistrySettings(
                List.of(URI.create("http://127.0.0.1:" + port)),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                SHORT,
                SHORT,
                true));
    producer =
        new DocumentProducer(
            Map.of("bootstrap.servers", "127.0.0.1:" + port),
            registry,
            new Topics("").documents(),
            new DocumentRules(100),
            ProducerSettings.DEFAULT.within(SHORT));
    api = new DocumentApi(producer, id -> Optional.ofNullable(known.get(id)), SHORT);
  }

  @AfterEach
  void stop() {
    producer.close(SHORT);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"id\":                        | 400 | not JSON",
        "{\"id\":\"a\"}                  | 400 | 'text' is missing",
        "{\"text\":\"x\",\"acls\":[]}    | 400 | 'acls'",
        "{\"text\":\"x\",\"acl\":[\"*\"]}| 400 | \"*\"",
        "{\"id\":\" \",\"text\":\"x\"}   | 400 | blank",
      })
  void a_body_that_is_no_document_is_refused_with_what_is_wrong(
      String body, int status, String reason) {
    refused(status, reason, () -> api.put(Optional.empty(), body.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void a_document_too_large_is_413_with_the_limit() {
    byte[] body =
        "{\"id\":\"a\",\"text\":\"%s\"}"
            .formatted("x".repeat(101))
            .getBytes(StandardCharsets.UTF_8);
    refused(413, "the limit is 100", () -> api.put(Optional.of("a"), body));
    refused(413, "the limit is 100", () -> api.checkSize("a", 101));
  }

  @Test
  void the_id_in_the_address_and_in_the_body_must_agree() {
    byte[] body = "{\"id\":\"b\",\"text\":\"x\"}".getBytes(StandardCharsets.UTF_8);
    refused(400, "differs", () -> api.put(Optional.of("a"), body));
  }

  @Test
  void servers_that_are_away_are_503() {
    byte[] body = "{\"id\":\"b\",\"text\":\"x\"}".getBytes(StandardCharsets.UTF_8);
    refused(503, "registry", () -> api.put(Optional.empty(), body));
    refused(503, "", () -> api.delete("a"));
    var broken =
        new DocumentApi(
            producer,
            id -> {
              throw new RetriableException("OpenSearch does not answer", null);
            },
            SHORT);
    refused(503, "OpenSearch", () -> broken.state("a", Caller.ANONYMOUS));
  }

  @Test
  void a_state_is_shown_to_those_who_may_read_the_document() {
    known.put("a", new DocumentState("a", 7, true, List.of("me"), new Received(false, 1_000)));
    refused(404, "'a'", () -> api.state("a", Caller.ANONYMOUS));
    refused(404, "'a'", () -> api.state("a", new Caller("k", Set.of("you"))));
    refused(404, "'b'", () -> api.state("b", Caller.ANONYMOUS));
    assertThat(api.state("a", new Caller("k", Set.of("me"))))
        .hasToString(
            "{\"id\":\"a\",\"object\":\"document\",\"revision\":7,\"state\":\"received\","
                + "\"deletion\":false,\"sent_at\":\"1970-01-01T00:00:01Z\",\"pending\":true}");
  }

  @Test
  void what_the_index_says_is_told() {
    known.put("r", settled(Manifest.Outcome.REJECTED));
    var rejected = api.state("r", Caller.ANONYMOUS);
    assertThat(rejected.get("state").asText()).isEqualTo("rejected");
    assertThat(rejected.get("reason").asText()).isEqualTo("empty");
    known.put("i", settled(Manifest.Outcome.INDEXED));
    var indexed = api.state("i", Caller.ANONYMOUS);
    assertThat(indexed.get("state").asText()).isEqualTo("indexed");
    assertThat(indexed.get("chunks").asInt()).isEqualTo(1);
    assertThat(indexed.get("indexed_at").asText()).isEqualTo("1970-01-01T00:00:03Z");
    known.put("d", settled(Manifest.Outcome.DELETED));
    assertThat(api.state("d", Caller.ANONYMOUS).get("state").asText()).isEqualTo("deleted");
  }

  private static DocumentState settled(Manifest.Outcome outcome) {
    var chunk = new Manifest.ChunkRef("h", 0, 1, 0);
    var manifest =
        new Manifest(
            "x",
            5,
            outcome,
            "empty",
            "it has no bytes",
            null,
            null,
            null,
            null,
            null,
            null,
            "",
            List.of(chunk),
            1,
            0,
            0,
            1_000,
            2_000,
            3_000);
    return new DocumentState("x", 5, false, List.of(), new Settled(manifest));
  }

  private static void refused(int status, String reason, Runnable work) {
    assertThatThrownBy(work::run)
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.status()).isEqualTo(status))
        .hasMessageContaining(reason);
  }
}
