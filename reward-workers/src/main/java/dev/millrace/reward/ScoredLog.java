package dev.millrace.reward;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.PoisonedRecordException;
import dev.millrace.runtime.RetriableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes scored groups, by task id. Safe for any number of threads. */
final class ScoredLog implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final KafkaProducer<byte[], byte[]> producer;
  private final AvroSerde<ScoredGroup> serde;
  private final String topic;

  ScoredLog(
      KafkaSettings kafka, SchemaRegistry registry, Topic<ScoredGroup> topic, String clientId) {
    this.producer =
        new KafkaProducer<>(
            kafka.producer(clientId), new ByteArraySerializer(), new ByteArraySerializer());
    this.serde = new AvroSerde<>(registry, topic);
    this.topic = topic.name();
  }

  /**
   * Returns when every replica has the group.
   *
   * @throws PoisonedRecordException when it is larger than the topic takes
   * @throws RetriableException when the broker does not take it in time
   */
  void write(ScoredGroup group) throws InterruptedException {
    byte[] key = group.getGroup().getTask().getTaskId().getBytes(StandardCharsets.UTF_8);
    byte[] value = serde.write(group);
    try {
      producer
          .send(new ProducerRecord<>(topic, key, value))
          .get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RecordTooLargeException) {
        throw new PoisonedRecordException(
            "result-too-large",
            "the scored group has %d bytes, more than topic %s takes"
                .formatted(value.length, topic),
            e);
      }
      throw new RetriableException("not written to " + topic + ": " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new RetriableException(
          "not written to %s within %d s".formatted(topic, DEADLINE.toSeconds()), e);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
  }
}
