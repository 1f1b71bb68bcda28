package dev.millrace.serving.console;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.monitor.MonitorStage;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** An installation of its own with a monitor, and hands to write to its topics. */
final class ConsoleFixture implements AutoCloseable {

  final StageContext context;
  final MonitorStage monitor;
  private final Admin admin;
  private final KafkaProducer<byte[], byte[]> producer;

  ConsoleFixture(String kafka, String registry, String prefix, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put("millrace.kafka.bootstrap", kafka);
    settings.put("millrace.registry.urls", registry);
    settings.put("millrace.topics.prefix", prefix);
    settings.put("millrace.topics.partitions", "2");
    settings.put("millrace.monitor.groups", prefix + ".*");
    settings.put("millrace.monitor.interval", "300ms");
    settings.put("millrace.monitor.stuck-after", "2s");
    context = StageContext.of(Settings.of(settings), new SimpleMeterRegistry());
    admin = Admin.create(context.kafka().admin("test"));
    new Provisioner(admin, context.registry(), Duration.ofSeconds(20))
        .provision(context.topics().all());
    producer =
        new KafkaProducer<>(
            context.kafka().producer("test"), new ByteArraySerializer(), new ByteArraySerializer());
    monitor = new MonitorStage(context);
    monitor.start();
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  RecordMetadata send(ProducerRecord<byte[], byte[]> record) {
    try {
      return producer.send(record).get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  <V> RecordMetadata write(Topic<V> topic, String key, V value) {
    return send(
        new ProducerRecord<>(
            topic.name(), bytes(key), new AvroSerde<>(context.registry(), topic).write(value)));
  }

  /** A record that its stage gave up on. */
  RecordMetadata letter(String topic, String key, String value, String reason, String error) {
    RecordMetadata at = send(new ProducerRecord<>(topic, bytes(key), bytes(value)));
    var letter =
        new DeadLetter(
            topic,
            at.partition(),
            at.offset(),
            bytes(key),
            bytes(value),
            "preprocess",
            reason,
            error);
    var headers = new RecordHeaders().add("tenant", bytes("<b>blue</b>"));
    return send(
        new ProducerRecord<>(
            context.topics().deadLetters().name(),
            null,
            bytes(key),
            bytes(value),
            letter.headers(headers)));
  }

  void commit(String group, String topic, int partition, long offset) {
    try {
      admin
          .alterConsumerGroupOffsets(
              group, Map.of(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)))
          .all()
          .get();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    monitor.close();
    context.controls().close();
    producer.close();
    admin.close(Duration.ofSeconds(1));
  }
}
