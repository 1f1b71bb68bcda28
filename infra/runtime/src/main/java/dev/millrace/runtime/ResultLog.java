package dev.millrace.runtime;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.runtime.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Writes what a share group's stage has made, one result at a time and acknowledged, so that the
 * record it was made from may be accepted. Safe for any number of threads: what they write at the
 * same time travels together. A result carries the trace of the work that is current on its thread.
 */
public final class ResultLog<V> implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final KafkaProducer<byte[], byte[]> producer;
  private final AvroSerde<V> serde;
  private final String topic;
  private final Tracing tracing;

  public ResultLog(StageContext context, Topic<V> topic, String clientId) {
    this.producer =
        new KafkaProducer<>(
            context.kafka().producer(clientId),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.serde = new AvroSerde<>(context.registry(), topic);
    this.topic = topic.name();
    this.tracing = context.tracing();
  }

  /**
   * Returns when every replica has the result.
   *
   * @throws PoisonedRecordException {@code result-too-large} when the topic does not take it
   * @throws RetriableException when the broker does not take it in time
   */
  public void write(String key, V result) throws InterruptedException {
    byte[] value = serde.write(result);
    var record = new ProducerRecord<>(topic, key.getBytes(StandardCharsets.UTF_8), value);
    tracing.inject(Span.current(), record.headers());
    try {
      producer.send(record).get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RecordTooLargeException) {
        throw new PoisonedRecordException(
            "result-too-large",
            "the result has %d bytes, more than topic %s takes".formatted(value.length, topic),
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
