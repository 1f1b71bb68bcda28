package dev.millrace.preprocess;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Both ends of the stage, on real servers: sends documents and reads what became of them. */
final class StreamClient implements AutoCloseable {

  final Topics topics;
  final StageContext context;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Admin admin;
  private final AvroSerde<Document> documents;
  private final AvroSerde<ChunkedDocument> chunks;
  final List<ChunkedDocument> results = new ArrayList<>();
  final List<ConsumerRecord<byte[], byte[]>> deadLetters = new ArrayList<>();

  StreamClient(DevStackEndpoints servers, String prefix, Map<String, String> overrides) {
    Map<String, String> all = new HashMap<>();
    all.put("millrace.kafka.bootstrap", servers.kafkaBootstrap());
    all.put("millrace.registry.urls", servers.registry().toString());
    all.put("millrace.topics.prefix", prefix);
    all.put("millrace.topics.partitions", "2");
    all.putAll(overrides);
    context = StageContext.of(Settings.of(all), new SimpleMeterRegistry());
    topics = context.topics();
    admin = Admin.create(context.kafka().admin("test"));
    new Provisioner(admin, context.registry(), Duration.ofSeconds(30))
        .provision(topics.documentStream());
    documents = new AvroSerde<>(context.registry(), topics.documents());
    chunks = new AvroSerde<>(context.registry(), topics.chunks());
    producer =
        new KafkaProducer<>(
            context.kafka().producer("test"), new ByteArraySerializer(), new ByteArraySerializer());
    consumer =
        new KafkaConsumer<>(
            context.kafka().consumer("test", prefix + "test"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    consumer.subscribe(List.of(topics.chunks().name(), topics.deadLetters().name()));
  }

  void send(String id, byte[] content, String fileName) {
    sendBytes(
        id,
        documents.write(
            Document.newBuilder()
                .setId(id)
                .setContent(ByteBuffer.wrap(content))
                .setFileName(fileName)
                .setSentAt(System.currentTimeMillis())
                .build()));
  }

  void send(String id, String text) {
    send(id, text.getBytes(UTF_8), id + ".txt");
  }

  void sendBytes(String id, byte[] value) {
    producer.send(
        new ProducerRecord<>(
            topics.documents().name(), id == null ? null : id.getBytes(UTF_8), value));
  }

  /** Orders the stage to pause, or to go on. */
  void order(ActionKind kind) {
    var serde = new AvroSerde<>(context.registry(), topics.stageControls());
    var action =
        new OperatorAction("1", kind, "anna", "console", "preprocess", null, -1, -1L, Map.of(), 1L);
    producer.send(
        new ProducerRecord<>(
            topics.stageControls().name(), "preprocess".getBytes(UTF_8), serde.write(action)));
  }

  /** The members of the stream's group now. */
  int members() throws ExecutionException, InterruptedException {
    String group = topics.prefix() + "preprocess";
    return admin
        .describeConsumerGroups(List.of(group))
        .describedGroups()
        .get(group)
        .get()
        .members()
        .size();
  }

  void flush() {
    producer.flush();
  }

  /** Reads what is there; returns the number of results so far. */
  int poll() {
    for (var record : consumer.poll(Duration.ofMillis(100))) {
      if (record.topic().equals(topics.chunks().name())) {
        results.add(chunks.read(record.value()));
      } else {
        deadLetters.add(record);
      }
    }
    return results.size();
  }

  ChunkedDocument last(String id) {
    return results.stream()
        .filter(result -> result.getDocumentId().equals(id))
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  void limitChunkRecords(int bytes)
      throws ExecutionException, InterruptedException, TimeoutException {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, topics.chunks().name());
    var entry = new ConfigEntry("max.message.bytes", String.valueOf(bytes));
    admin
        .incrementalAlterConfigs(
            Map.of(resource, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET))))
        .all()
        .get(30, TimeUnit.SECONDS);
  }

  /** A producer that shares its transactional id with the first thread of an instance. */
  KafkaProducer<byte[], byte[]> zombie(String instance) {
    var config = context.kafka().producer("zombie");
    config.put(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG, topics.prefix() + "preprocess-" + instance + "-1");
    config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 60_000);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    consumer.close();
    context.controls().close();
    admin.close(Duration.ofSeconds(5));
  }
}
