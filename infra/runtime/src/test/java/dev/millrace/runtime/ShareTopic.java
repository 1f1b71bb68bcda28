package dev.millrace.runtime;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.Topics;
import dev.millrace.runtime.tracing.Tracing;
import dev.millrace.testkit.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic of one partition with texts on it, dead letters, and loops that share it. */
final class ShareTopic implements AutoCloseable {

  final StageContext context;
  final KafkaSettings kafka;
  final Topics topics;
  final Topic<byte[]> topic;
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final DeadLetters deadLetters;
  private final Admin admin;
  private final List<ShareLoop<String>> loops = new ArrayList<>();

  ShareTopic(Servers servers) {
    this(servers.endpoints().kafkaBootstrap(), servers.uniquePrefix());
    var names = List.of(topic.name(), topics.deadLetters().name());
    try {
      admin
          .createTopics(
              names.stream()
                  .map(name -> new NewTopic(name, Optional.of(1), Optional.empty()))
                  .toList())
          .all()
          .get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Uses what another process created. */
  ShareTopic(String bootstrap, String prefix) {
    context =
        StageContext.of(
                Settings.of(
                    Map.of(
                        "millrace.kafka.bootstrap",
                        bootstrap,
                        "millrace.topics.prefix",
                        prefix,
                        "millrace.topics.partitions",
                        "1")),
                meters)
            .with(Tracing.into(spans));
    kafka = context.kafka();
    topics = context.topics();
    topic = topics.policyWeights(); // any topic of bytes
    admin = Admin.create(kafka.admin("test-admin"));
    deadLetters = new DeadLetters(kafka, topics.deadLetters(), "test-dead", meters);
  }

  ShareSettings settings(int lanes, int records) {
    return new ShareSettings(
        topics.prefix() + "group", lanes, records, Duration.ofSeconds(3), 3, Duration.ofMinutes(1));
  }

  ShareLoop<String> start(int lanes, int records, ShareLoop.Handler<String> handler) {
    var loop =
        new ShareLoop<>(
            "test",
            context,
            settings(lanes, records),
            new Topic<>(topic.name(), String.class, topic.settings()),
            bytes -> new String(bytes, StandardCharsets.UTF_8),
            handler,
            deadLetters);
    loops.add(loop);
    loop.start();
    return loop;
  }

  /** A value, under the trace that a header tells of. */
  void pushTraced(String text, String traceparent) {
    var record =
        new ProducerRecord<byte[], byte[]>(topic.name(), text.getBytes(StandardCharsets.UTF_8));
    record.headers().add("traceparent", traceparent.getBytes(StandardCharsets.UTF_8));
    send(List.of(record));
  }

  void push(String... texts) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String text : texts) {
      byte[] bytes = text == null ? null : text.getBytes(StandardCharsets.UTF_8);
      records.add(new ProducerRecord<>(topic.name(), bytes));
    }
    send(records);
  }

  private void send(List<ProducerRecord<byte[], byte[]>> records) {
    try (var producer =
        new KafkaProducer<>(
            kafka.producer("test-in"), new ByteArraySerializer(), new ByteArraySerializer())) {
      records.forEach(producer::send);
      producer.flush();
    }
  }

  /** Every dead letter so far, as "value reason". */
  List<String> deadLetters() {
    return letters().stream()
        .map(
            record ->
                (record.value() == null ? "-" : new String(record.value(), StandardCharsets.UTF_8))
                    + " "
                    + DeadLetter.header(record.headers(), DeadLetter.REASON))
        .toList();
  }

  List<ConsumerRecord<byte[], byte[]>> letters() {
    var found = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    var partition = new TopicPartition(topics.deadLetters().name(), 0);
    try (var consumer =
        new KafkaConsumer<>(
            kafka.reader("test-out"), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(found::add);
      }
    }
    return found;
  }

  double counted(String outcome) {
    var counter = meters.find("millrace_share_records").tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  @Override
  public void close() {
    loops.forEach(ShareLoop::close);
    deadLetters.close();
    admin.deleteTopics(List.of(topic.name(), topics.deadLetters().name()));
    admin.close(Duration.ofSeconds(5));
  }
}
