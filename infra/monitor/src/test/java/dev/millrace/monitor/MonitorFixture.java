package dev.millrace.monitor;

import dev.millrace.contracts.Provisioner;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** An installation with topics of its own, and hands to write to them. */
public final class MonitorFixture implements AutoCloseable {

  public static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  public static final String TRACEPARENT = "00-" + TRACE + "-00f067aa0ba902b7-01";

  public final StageContext context;
  public final Admin admin;
  public final String prefix;
  private final KafkaProducer<byte[], byte[]> producer;

  public MonitorFixture(String bootstrap, String registry, String prefix) {
    this.prefix = prefix;
    this.context = context(bootstrap, registry, prefix);
    this.admin = Admin.create(context.kafka().admin("test"));
    this.producer =
        new KafkaProducer<>(
            context.kafka().producer("test"), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** With all topics made. */
  public static MonitorFixture provisioned(DevStackEndpoints servers, String prefix) {
    var fixture =
        new MonitorFixture(servers.kafkaBootstrap(), servers.registry().toString(), prefix);
    new Provisioner(fixture.admin, fixture.context.registry(), Duration.ofSeconds(20))
        .provision(fixture.context.topics().all());
    return fixture;
  }

  public static StageContext context(String bootstrap, String registry, String prefix) {
    return StageContext.of(
        Settings.of(
            Map.of(
                "millrace.kafka.bootstrap", bootstrap,
                "millrace.registry.urls", registry,
                "millrace.topics.prefix", prefix,
                "millrace.topics.partitions", "2")),
        new SimpleMeterRegistry());
  }

  public RecordMetadata write(String topic, byte[] key, byte[] value) {
    return send(new ProducerRecord<>(topic, key, value));
  }

  public RecordMetadata send(ProducerRecord<byte[], byte[]> record) {
    try {
      return producer.send(record).get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Writes a record to its topic and the dead letter that a stage would make of it. */
  public RecordMetadata letter(String topic, String key, String value, String reason) {
    byte[] keyBytes = key == null ? null : bytes(key);
    RecordMetadata at = write(topic, keyBytes, bytes(value));
    var letter =
        new DeadLetter(
            at.topic(),
            at.partition(),
            at.offset(),
            keyBytes,
            bytes(value),
            "preprocess",
            reason,
            "broken");
    var headers = new RecordHeaders();
    headers.add("tenant", bytes("blue")).add("traceparent", bytes(TRACEPARENT));
    return send(
        new ProducerRecord<>(
            context.topics().deadLetters().name(),
            null,
            keyBytes,
            bytes(value),
            letter.headers(headers)));
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** All committed records of a topic. */
  public List<ConsumerRecord<byte[], byte[]>> committed(String topic) {
    try (var consumer =
        new KafkaConsumer<>(
            context.kafka().reader("test-reader"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(Duration.ofMillis(100)).forEach(all::add);
      }
      return all;
    }
  }

  @Override
  public void close() {
    producer.close();
    admin.close(Duration.ofSeconds(1));
  }
}
