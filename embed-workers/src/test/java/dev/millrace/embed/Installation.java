package dev.millrace.embed;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.index.BulkLimits;
import dev.millrace.index.ChunkIndex;
import dev.millrace.index.EntryIds;
import dev.millrace.index.IndexCatalogue;
import dev.millrace.index.IndexSettings;
import dev.millrace.index.Manifest;
import dev.millrace.index.OpenSearchConnection;
import dev.millrace.index.OpenSearchSettings;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.opensearch.client.opensearch.core.SearchResponse;

/** Topics and indices under a prefix of their own on shared servers; gone when closed. */
final class Installation implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(40);

  final StageContext context;
  final OpenSearchConnection opensearch;
  final IndexSettings indexSettings;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final KafkaProducer<byte[], byte[]> producer;
  private final AvroSerde<ChunkedDocument> chunks;
  private final Admin admin;
  private final List<EmbedStage> stages = new ArrayList<>();
  private final Map<String, String> values;

  Installation(Servers servers, Map<String, String> overrides) {
    String prefix = servers.uniquePrefix();
    values = new HashMap<>();
    values.put("millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap());
    values.put("millrace.registry.urls", servers.endpoints().registry().toString());
    values.put("millrace.opensearch.urls", servers.endpoints().openSearch().toString());
    values.put("millrace.opensearch.prefix", prefix);
    values.put("millrace.topics.prefix", prefix);
    values.put("millrace.topics.partitions", "2");
    values.putAll(overrides);
    context = StageContext.of(Settings.of(values), meters);
    indexSettings = IndexSettings.from(context.settings());
    opensearch = OpenSearchConnection.open(OpenSearchSettings.of(servers.endpoints().openSearch()));
    admin = Admin.create(context.kafka().admin("test-admin"));
    new Provisioner(admin, context.registry(), Duration.ofSeconds(30))
        .provision(context.topics().documentStream());
    producer =
        new KafkaProducer<>(
            context.kafka().producer("test-in"),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    chunks = new AvroSerde<>(context.registry(), context.topics().chunks());
  }

  /** The settings of this installation, for a process of its own. */
  Map<String, String> values() {
    return Map.copyOf(values);
  }

  EmbedStage start() {
    return start(new HashedEmbedding());
  }

  EmbedStage start(EmbeddingModel model) {
    var stage = new EmbedStage(context, model);
    stages.add(stage);
    stage.start();
    return stage;
  }

  void push(ChunkedDocument... documents) {
    for (ChunkedDocument document : documents) {
      push(document.getDocumentId(), chunks.write(document));
    }
    producer.flush();
  }

  void push(String key, byte[] value) {
    producer.send(
        new ProducerRecord<>(
            context.topics().chunks().name(), key.getBytes(StandardCharsets.UTF_8), value));
  }

  /** Waits for the report of a revision. */
  Indexed reported(String documentId, long revision) {
    return await("report of " + documentId + "@" + revision)
        .atMost(PATIENCE)
        .until(
            () ->
                reports().stream()
                    .filter(r -> r.getDocumentId().equals(documentId))
                    .filter(r -> r.getRevision() == revision)
                    .findFirst(),
            java.util.Optional::isPresent)
        .orElseThrow();
  }

  /** All reports so far. */
  List<Indexed> reports() {
    var serde = new AvroSerde<>(context.registry(), context.topics().indexed());
    return read(context.topics().indexed().name()).stream()
        .map(record -> serde.read(record.value()))
        .toList();
  }

  List<ConsumerRecord<byte[], byte[]>> deadLetters() {
    return read(context.topics().deadLetters().name());
  }

  private List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            context.kafka().reader("test-out"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  ChunkIndex index() {
    return new ChunkIndex(
        opensearch,
        new IndexCatalogue(opensearch, indexSettings).live().orElseThrow(),
        new BulkLimits(500, 5 << 20));
  }

  Manifest manifest(String documentId) {
    return index().manifest(documentId).orElseThrow();
  }

  /** What stands, as "document hash revision", after a refresh. */
  Set<String> state() throws IOException {
    index().refresh();
    SearchResponse<JsonNode> hits =
        opensearch
            .client()
            .search(
                s ->
                    s.index(indexSettings.names().chunks())
                        .size(10_000)
                        .source(f -> f.filter(x -> x.includes("documentId", "hash", "revision"))),
                JsonNode.class);
    Set<String> state = new TreeSet<>();
    hits.hits()
        .hits()
        .forEach(
            hit ->
                state.add(
                    "%s %s %d"
                        .formatted(
                            hit.source().path("documentId").asText(),
                            hit.source().path("hash").asText(),
                            hit.source().path("revision").asLong())));
    return state;
  }

  /** What should stand when these are the newest revisions. */
  static Set<String> stateOf(ChunkedDocument... documents) {
    Set<String> state = new TreeSet<>();
    for (ChunkedDocument document : documents) {
      document
          .getChunks()
          .forEach(
              c ->
                  state.add(
                      "%s %s %d"
                          .formatted(
                              document.getDocumentId(), c.getHash(), document.getRevision())));
    }
    return state;
  }

  /** Ids of a document's chunks, from the manifest's own rule. */
  static List<String> chunkIds(ChunkedDocument document) {
    return EntryIds.chunks(
        document.getDocumentId(), document.getChunks().stream().map(c -> c.getHash()).toList());
  }

  @Override
  public void close() throws IOException {
    stages.forEach(EmbedStage::close);
    producer.close(Duration.ofSeconds(5));
    admin.deleteTopics(context.topics().documentStream().stream().map(t -> t.name()).toList());
    admin.close(Duration.ofSeconds(5));
    opensearch
        .client()
        .indices()
        .delete(
            d ->
                d.index(indexSettings.prefix() + "*").ignoreUnavailable(true).allowNoIndices(true));
    opensearch.close();
  }
}
