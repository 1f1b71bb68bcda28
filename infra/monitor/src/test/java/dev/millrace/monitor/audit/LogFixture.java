package dev.millrace.monitor.audit;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.Topics;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Topics of a test's own on real servers, and a pen to write anything to them. */
public final class LogFixture implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final StageContext context;
  private final KafkaProducer<byte[], byte[]> producer;
  private final List<String> created = new ArrayList<>();

  public LogFixture(Servers servers) {
    context =
        StageContext.of(
            Settings.of(
                Map.of(
                    "millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap(),
                    "millrace.registry.urls", servers.endpoints().registry().toString(),
                    "millrace.topics.prefix", servers.uniquePrefix(),
                    "millrace.topics.partitions", "2")),
            new SimpleMeterRegistry());
    Map<String, Object> config = context.kafka().producer("test");
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  public StageContext context() {
    return context;
  }

  public void create(Collection<Topic<?>> topics) {
    List<NewTopic> all =
        topics.stream()
            .map(
                topic ->
                    new NewTopic(
                            topic.name(),
                            Optional.of(topic.settings().partitions()),
                            Optional.empty())
                        .configs(topic.settings().config()))
            .toList();
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      admin.createTopics(all).all().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      all.forEach(topic -> created.add(topic.name()));
    } catch (Exception e) {
      throw new AssertionError("topics not created", e);
    }
  }

  /** Writes where the key belongs. */
  public <V> RecordMetadata write(Topic<V> topic, String key, V value) {
    return write(topic, null, key, value);
  }

  /**
   * @param partition or null: where the key belongs
   */
  public <V> RecordMetadata write(Topic<V> topic, Integer partition, String key, V value) {
    byte[] bytes = value == null ? null : new AvroSerde<>(context.registry(), topic).write(value);
    return write(topic.name(), partition, key.getBytes(StandardCharsets.UTF_8), bytes, List.of());
  }

  public RecordMetadata write(
      String topic, Integer partition, byte[] key, byte[] value, Iterable<Header> headers) {
    try {
      return producer
          .send(new ProducerRecord<>(topic, partition, key, value, headers))
          .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (Exception e) {
      throw new AssertionError("not written to " + topic, e);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      admin.deleteTopics(created); // a developer's own broker is used by many tests
    }
  }

  /** The same servers with another prefix, under which there are no topics. */
  public static StageContext under(StageContext context, String prefix) {
    return new StageContext(
        context.settings(),
        context.kafka(),
        new Topics(prefix, context.topics().partitions()),
        context.registry(),
        context.meters());
  }
}
