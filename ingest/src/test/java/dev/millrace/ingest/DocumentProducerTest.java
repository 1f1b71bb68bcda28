package dev.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.registry.RegistrySettings;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class DocumentProducerTest {

  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private RealLog log;

  @BeforeEach
  void start(Servers servers) {
    log = new RealLog(servers);
  }

  @AfterEach
  void stop() {
    log.close();
  }

  @Test
  void a_receipt_names_the_place_of_the_record() throws Exception {
    try (var producer = log.producer()) {
      Receipt first = producer.send(Documents.of("a", "1")).get(20, TimeUnit.SECONDS);
      Receipt second = producer.send(Documents.of("a", "2")).get(20, TimeUnit.SECONDS);
      Receipt deletion = producer.delete("a").get(20, TimeUnit.SECONDS);
      assertThat(second.partition()).isEqualTo(first.partition());
      assertThat(second.revision()).isGreaterThan(first.revision());
      assertThat(deletion.revision()).isGreaterThan(second.revision());
    }
    assertThat(log.records())
        .extracting(r -> r.value() == null)
        .containsExactly(false, false, true);
    assertThat(log.records().getFirst().value().getContentType()).isEqualTo("text/plain");
    assertThat(log.records().getFirst().value().getSentAt()).isPositive();
  }

  @Test
  void a_document_of_the_largest_size_passes_and_one_byte_more_does_not() throws Exception {
    byte[] noise = new byte[DocumentRules.DEFAULT_MAX_BYTES + 1];
    new Random(1).nextBytes(noise);
    try (var producer = log.producer()) {
      var document = Documents.of("big", "");
      document.setContent(ByteBuffer.wrap(noise, 0, noise.length - 1));
      document.setMetadata(Map.of("k", "v".repeat(900_000)));
      producer.send(document).get(30, TimeUnit.SECONDS);
      document.setContent(ByteBuffer.wrap(noise));
      assertThatThrownBy(() -> producer.send(document))
          .isInstanceOf(IngestException.TooLarge.class);
    }
    assertThat(log.records().getFirst().value().getContent().remaining())
        .isEqualTo(DocumentRules.DEFAULT_MAX_BYTES);
  }

  @Test
  void many_documents_arrive_once_each_and_in_order_by_id() {
    var futures = new ArrayList<CompletableFuture<Receipt>>();
    try (var producer = log.producer()) {
      for (int i = 0; i < 5_000; i++) {
        futures.add(producer.send(Documents.of("doc-" + i % 500, "v" + i)));
      }
      producer.flush(DEADLINE);
      assertThat(futures).allMatch(f -> f.isDone() && !f.isCompletedExceptionally());
    }
    assertThat(log.records()).hasSize(5_000);
    assertThat(log.state()).hasSize(500).containsEntry("doc-7", "v4507");
  }

  @Test
  void the_destination_names_cluster_and_topic_the_same_each_time() {
    try (var producer = log.producer()) {
      Destination first = producer.destination();
      assertThat(first.topic()).isEqualTo(log.topic.name());
      assertThat(producer.destination()).isEqualTo(first);
      assertThat(first.clusterId()).isNotBlank();
      assertThat(first.topicId()).isNotBlank();
    }
  }

  @Test
  void a_missing_topic_is_told_with_what_to_do() {
    try (var producer =
        new DocumentProducer(
            log.connection(),
            log.registry,
            new dev.millrace.contracts.Topics(log.topics.prefix() + "none-").documents())) {
      assertThatThrownBy(producer::destination)
          .isInstanceOf(IngestException.Refused.class)
          .hasMessageContaining("does not exist");
    }
  }

  @Test
  void kafka_away_is_told_within_the_deadline() throws IOException {
    var settings = ProducerSettings.DEFAULT.within(Duration.ofSeconds(1));
    try (var closed = new ServerSocket(0);
        var producer =
            new DocumentProducer(
                Map.of("bootstrap.servers", "127.0.0.1:" + freed(closed)),
                log.registry,
                log.topic,
                new DocumentRules(),
                settings)) {
      assertThat(producer.send(Documents.of("a", "x")))
          .failsWithin(Duration.ofSeconds(10))
          .withThrowableThat()
          .havingCause()
          .isInstanceOf(IngestException.Unavailable.class);
      assertThatThrownBy(producer::destination)
          .isInstanceOf(IngestException.Unavailable.class)
          .hasMessageContaining("does not answer at 127.0.0.1:");
      producer.close(Duration.ofMillis(100));
    }
  }

  @Test
  void a_registry_that_is_away_is_told_and_nothing_stays_in_flight() throws IOException {
    try (var closed = new ServerSocket(0)) {
      var away =
          new RegistrySettings(
              java.util.List.of(URI.create("http://127.0.0.1:" + freed(closed))),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Duration.ofMillis(300),
              Duration.ofMillis(500),
              true);
      try (var producer =
          new DocumentProducer(log.connection(), new SchemaRegistry(away), log.topic)) {
        assertThatThrownBy(() -> producer.send(Documents.of("a", "x")))
            .isInstanceOf(IngestException.Unavailable.class)
            .hasMessageContaining("registry");
        producer.flush(Duration.ofSeconds(1));
      }
    }
  }

  private static int freed(ServerSocket socket) throws IOException {
    int port = socket.getLocalPort();
    socket.close();
    return port;
  }
}
