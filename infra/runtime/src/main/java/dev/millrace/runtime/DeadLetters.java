package dev.millrace.runtime;

import dev.millrace.contracts.Topic;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes dead letters for stages that consume without a transaction. After a crash the same letter
 * may be written twice; origin, partition and offset tell.
 */
public final class DeadLetters implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final MeterRegistry meters;

  public DeadLetters(
      KafkaSettings kafka, Topic<byte[]> topic, String clientId, MeterRegistry meters) {
    this.producer =
        new KafkaProducer<>(
            kafka.producer(clientId), new ByteArraySerializer(), new ByteArraySerializer());
    this.topic = topic.name();
    this.meters = meters;
  }

  /**
   * Writes one letter and returns when the broker has it.
   *
   * @throws RetriableException when the broker does not take it in time
   */
  public void write(DeadLetter letter, Headers original) {
    var future =
        producer.send(
            new ProducerRecord<>(
                topic, null, letter.key(), letter.value(), letter.headers(original)));
    try {
      future.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new RetriableException("dead letter not written to " + topic + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while writing to " + topic, e);
    }
    count(meters, letter.stage(), letter.reason());
    LOG.warn(
        "dead letter stage={} reason={} origin={}-{}@{} error=\"{}\"",
        letter.stage(),
        letter.reason(),
        letter.origin(),
        letter.partition(),
        letter.offset(),
        letter.error());
  }

  /** Counts one letter; for stages that write theirs inside a transaction. */
  public static void count(MeterRegistry meters, String stage, String reason) {
    meters.counter("millrace_dead_letters", "stage", stage, "reason", reason).increment();
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(10));
  }
}
