package dev.millrace.ingest.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.devstack.ServerKind;
import dev.millrace.index.Manifest;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.Documents;
import dev.millrace.ingest.RealLog;
import dev.millrace.ingest.Receipt;
import dev.millrace.ingest.state.DocumentState.Received;
import dev.millrace.ingest.state.DocumentState.Settled;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class DocumentStatesTest {

  private final Map<String, Manifest> index = new ConcurrentHashMap<>();
  private RealLog log;
  private DocumentProducer producer;
  private DocumentStates states;

  @BeforeEach
  void start(Servers servers) {
    log = new RealLog(servers);
    log.provision(log.topics.chunks());
    producer = log.producer();
    states = states(ScanBounds.DEFAULT);
  }

  @AfterEach
  void stop() {
    states.close();
    producer.close();
    log.close();
  }

  @Test
  void of_what_was_never_sent_there_is_no_trace() {
    assertThat(states.find("nobody")).isEmpty();
  }

  @Test
  void a_document_is_received_until_the_index_has_it() throws Exception {
    Document document = Documents.of("a", "x");
    document.setAcl(List.of("me"));
    Receipt receipt = producer.send(document).get(20, TimeUnit.SECONDS);
    DocumentState state = states.find("a").orElseThrow();
    assertThat(state.revision()).isEqualTo(receipt.revision());
    assertThat(state.acl()).containsExactly("me");
    assertThat(state.pending()).isFalse();
    assertThat(state.progress())
        .isInstanceOfSatisfying(Received.class, r -> assertThat(r.sentAt()).isPositive());

    RecordMetadata chunks = chunked("a", receipt.revision());
    commit(log.topics.documents().name(), "pre", receipt.partition(), receipt.revision() + 1);
    assertThat(states.find("a").orElseThrow().progress()).isInstanceOf(Received.class);

    index.put("a", manifest("a", receipt.revision(), Manifest.Outcome.INDEXED));
    assertThat(states.find("a").orElseThrow().progress()).isInstanceOf(Settled.class);
    commit(chunks.topic(), "emb", chunks.partition(), chunks.offset() + 1);
    assertThat(states.find("a").orElseThrow().progress()).isInstanceOf(Settled.class);
  }

  @Test
  void a_newer_revision_under_way_hides_the_indexed_one() throws Exception {
    Receipt first = producer.send(Documents.of("a", "x")).get(20, TimeUnit.SECONDS);
    commit(log.topics.documents().name(), "pre", first.partition(), first.revision() + 1);
    index.put("a", manifest("a", first.revision(), Manifest.Outcome.INDEXED));
    assertThat(states.find("a").orElseThrow().progress()).isInstanceOf(Settled.class);

    Receipt second = producer.delete("a").get(20, TimeUnit.SECONDS);
    DocumentState state = states.find("a").orElseThrow();
    assertThat(state.revision()).isEqualTo(second.revision());
    assertThat(state.progress()).isEqualTo(new Received(true, 0));

    commit(log.topics.documents().name(), "pre", second.partition(), second.revision() + 1);
    chunked("a", second.revision());
    assertThat(states.find("a").orElseThrow().progress()).isInstanceOf(Received.class);
    index.put("a", manifest("a", second.revision(), Manifest.Outcome.DELETED));
    assertThat(states.find("a").orElseThrow().progress()).isInstanceOf(Settled.class);
  }

  @Test
  void beyond_the_bound_the_answer_says_that_there_may_be_more() {
    for (int i = 0; i < 3_000; i++) {
      producer.send(Documents.of("doc-" + i, "x"));
    }
    producer.flush(Duration.ofSeconds(30));
    index.put("known", manifest("known", 1, Manifest.Outcome.INDEXED));
    try (var hasty = states(new ScanBounds(1, Duration.ofSeconds(5), Duration.ofSeconds(5)))) {
      DocumentState state = hasty.find("known").orElseThrow();
      assertThat(state.pending()).isTrue();
      assertThat(state.progress()).isInstanceOf(Settled.class);
    }
    assertThat(states.find("known").orElseThrow().pending()).isFalse();
  }

  private DocumentStates states(ScanBounds bounds) {
    return new DocumentStates(
        new KafkaSettings((String) log.connection().get("bootstrap.servers"), Map.of()),
        log.registry,
        log.topics,
        new DocumentStates.Groups(() -> group("pre"), () -> group("emb")),
        id -> Optional.ofNullable(index.get(id)),
        bounds);
  }

  private String group(String name) {
    return log.topics.prefix() + name;
  }

  private void commit(String topic, String group, int partition, long offset) throws Exception {
    try (Admin admin = Admin.create(new HashMap<>(log.connection()))) {
      admin
          .alterConsumerGroupOffsets(
              group(group),
              Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)))
          .all()
          .get(20, TimeUnit.SECONDS);
    }
  }

  private RecordMetadata chunked(String id, long revision) throws Exception {
    var chunked =
        ChunkedDocument.newBuilder()
            .setDocumentId(id)
            .setRevision(revision)
            .setOutcome(ChunkOutcome.CHUNKED)
            .setSentAt(1)
            .setProcessedAt(2)
            .build();
    byte[] value = new AvroSerde<>(log.registry, log.topics.chunks()).write(chunked);
    try (var kafka =
        new KafkaProducer<>(
            new HashMap<>(log.connection()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      return kafka
          .send(
              new ProducerRecord<>(
                  log.topics.chunks().name(), id.getBytes(StandardCharsets.UTF_8), value))
          .get(20, TimeUnit.SECONDS);
    }
  }

  private static Manifest manifest(String id, long revision, Manifest.Outcome outcome) {
    return new Manifest(
        id,
        revision,
        outcome,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        List.of("*"),
        "",
        null,
        0,
        0,
        0,
        1,
        2,
        3);
  }
}
