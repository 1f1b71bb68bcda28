package dev.millrace.policy;

import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The topics of policies under a prefix of their own on shared servers; gone when closed. */
final class PolicyLog implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(60);
  static final String POLICY = "p";

  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final StageContext context;
  final Admin admin;
  private final PolicyPublisher publisher;
  private final Producer<byte[], byte[]> producer;

  PolicyLog(Servers servers) {
    this(servers, Map.of());
  }

  PolicyLog(Servers servers, Map<String, String> overrides) {
    Map<String, String> values = new HashMap<>();
    values.put("millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap());
    values.put("millrace.registry.urls", servers.endpoints().registry().toString());
    values.put("millrace.topics.prefix", servers.uniquePrefix());
    values.putAll(overrides);
    context = StageContext.of(Settings.of(values), meters);
    admin = Admin.create(context.kafka().admin("test-admin"));
    new Provisioner(admin, context.registry(), PATIENCE)
        .provision(List.of(context.topics().policyWeights(), context.topics().policyVersions()));
    publisher = new PolicyPublisher(context);
    producer = producer();
  }

  /** A producer with a transactional id of its own. */
  Producer<byte[], byte[]> producer() {
    Map<String, Object> map = PolicyPublisher.producerSettings(context.kafka(), "test-learner");
    map.put(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
        context.topics().prefix() + UUID.randomUUID().toString().substring(0, 8));
    var made = new KafkaProducer<>(map, new ByteArraySerializer(), new ByteArraySerializer());
    made.initTransactions();
    return made;
  }

  static PolicyDraft draft(String policy, long version, DecoderWeights weights, WeightsType type) {
    return PolicyDraft.full(
        policy, version, "run", version, weights, Models.files(weights.config()), type);
  }

  PolicyVersion publish(String policy, long version, DecoderWeights weights) {
    return publish(draft(policy, version, weights, WeightsType.FLOAT32));
  }

  PolicyVersion publish(PolicyDraft draft) {
    producer.beginTransaction();
    PolicyVersion manifest = publisher.publish(producer, draft);
    producer.commitTransaction();
    return manifest;
  }

  /** Publishes what must not become visible. */
  void publishAborted(PolicyDraft draft) {
    producer.beginTransaction();
    try {
      publisher.publish(producer, draft);
    } finally {
      producer.abortTransaction();
    }
  }

  TopicPartition weights() {
    return new TopicPartition(context.topics().policyWeights().name(), 0);
  }

  /** A reader of everything, what is not committed included. */
  KafkaConsumer<byte[], byte[]> reader() {
    Map<String, Object> map = context.kafka().reader("test-reader");
    map.put("isolation.level", "read_uncommitted");
    return new KafkaConsumer<>(map, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** What the first record of a version holds. */
  byte[] bytesOf(PolicyVersion manifest) {
    try (var reader = reader()) {
      reader.assign(List.of(weights()));
      reader.seek(weights(), manifest.getFirstOffset());
      while (true) {
        for (var record : reader.poll(Duration.ofSeconds(10))) {
          if (record.offset() == manifest.getFirstOffset()) {
            return record.value();
          }
        }
      }
    }
  }

  /** The manifest of a version whose records are these. */
  static PolicyVersion rewritten(
      Producer<byte[], byte[]> producer,
      TopicPartition weights,
      PolicyVersion origin,
      long version,
      List<byte[]> records) {
    byte[] key = Keys.of(origin.getPolicy(), version);
    List<Long> offsets = new ArrayList<>();
    for (byte[] bytes : records) {
      try {
        offsets.add(
            producer
                .send(new ProducerRecord<>(weights.topic(), 0, key, bytes))
                .get(20, TimeUnit.SECONDS)
                .offset());
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    return PolicyVersion.newBuilder(origin)
        .setVersion(version)
        .setFirstOffset(offsets.getFirst())
        .setLastOffset(offsets.getLast())
        .build();
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    try {
      admin
          .deleteTopics(
              List.of(
                  context.topics().policyWeights().name(),
                  context.topics().policyVersions().name()))
          .all()
          .get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException("topics of a test were not deleted", e);
    }
    admin.close(Duration.ofSeconds(5));
  }
}
