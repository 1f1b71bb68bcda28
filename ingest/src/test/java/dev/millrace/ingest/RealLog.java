package dev.millrace.ingest;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.registry.RegistrySettings;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.testkit.Servers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A documents topic of its own on the tests' servers. */
public final class RealLog implements AutoCloseable {

  public final Topics topics;
  public final Topic<Document> topic;
  public final SchemaRegistry registry;
  private final Map<String, Object> connection;
  private final Admin admin;

  public RealLog(Servers servers) {
    topics = new Topics(servers.uniquePrefix(), 2);
    topic = topics.documents();
    registry = new SchemaRegistry(RegistrySettings.of(servers.endpoints().registry()));
    connection = Map.of("bootstrap.servers", servers.endpoints().kafkaBootstrap());
    admin = Admin.create(new HashMap<>(connection));
    provision(topic);
  }

  public void provision(Topic<?> wanted) {
    new Provisioner(admin, registry, Duration.ofSeconds(20)).provision(List.of(wanted));
  }

  public Map<String, Object> connection() {
    return connection;
  }

  public DocumentProducer producer() {
    return new DocumentProducer(connection, registry, topic);
  }

  public DocumentProducer producer(DocumentRules rules) {
    return new DocumentProducer(
        connection,
        registry,
        topic,
        rules,
        ProducerSettings.DEFAULT.within(Duration.ofSeconds(20)));
  }

  /** Every record of the topic, in the order of its partition. */
  public List<ConsumerRecord<String, Document>> records() {
    var records = new ArrayList<ConsumerRecord<String, Document>>();
    var config = new HashMap<>(connection);
    config.put("max.partition.fetch.bytes", 32 << 20);
    try (var consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      var serde = new AvroSerde<>(registry, topic);
      var partitions =
          List.of(new TopicPartition(topic.name(), 0), new TopicPartition(topic.name(), 1));
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          Document value = record.value() == null ? null : serde.read(record.value());
          records.add(
              new ConsumerRecord<>(
                  record.topic(), record.partition(), record.offset(), record.key(), value));
        }
      }
    }
    return records;
  }

  /** Text by id of what is not deleted. */
  public Map<String, String> state() {
    var state = new TreeMap<String, String>();
    for (var record : records()) {
      if (record.value() == null) {
        state.remove(record.key());
      } else {
        state.put(record.key(), Documents.text(record.value()));
      }
    }
    return state;
  }

  @Override
  public void close() {
    admin.deleteTopics(List.of(topic.name(), topics.chunks().name()));
    admin.close(Duration.ofSeconds(5));
  }
}
