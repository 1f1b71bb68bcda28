package dev.millrace.ingest;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.runtime.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keyed Avro records into one topic: idempotent, acknowledged by all replicas, in the order of the
 * calls per key, with a bound on what is in flight. Safe for any number of threads.
 *
 * @param <V> the record class of the topic
 */
final class LogProducer<V extends SpecificRecord> implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LogProducer.class);
  private static final String STAGE = "ingest";
  private static final int BATCH_BYTES = 128 << 10;

  private final Topic<V> topic;
  private final AvroSerde<V> serde;
  private final ProducerSettings settings;
  private final Tracing tracing;
  private final InFlight inFlight;
  private final KafkaProducer<byte[], byte[]> kafka;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * @param connection Kafka client properties: {@code bootstrap.servers} and security
   * @param maxRecordBytes the largest encoded record that will be sent
   */
  LogProducer(
      Map<String, ?> connection,
      SchemaRegistry registry,
      Topic<V> topic,
      ProducerSettings settings,
      Tracing tracing,
      int maxRecordBytes) {
    this.topic = topic;
    this.serde = new AvroSerde<>(registry, topic);
    this.settings = settings;
    this.tracing = tracing;
    this.inFlight = new InFlight(settings.maxInFlight(), settings.maxInFlightBytes());
    this.kafka =
        new KafkaProducer<>(
            properties(connection, settings, maxRecordBytes),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  private static Map<String, Object> properties(
      Map<String, ?> connection, ProducerSettings settings, int maxRecordBytes) {
    var properties = new HashMap<String, Object>();
    properties.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    properties.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
    properties.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    properties.putAll(connection);
    properties.put(ProducerConfig.ACKS_CONFIG, "all");
    properties.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    int delivery = Math.toIntExact(settings.delivery().toMillis());
    properties.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, delivery);
    // Kafka demands: delivery timeout >= linger + request timeout.
    properties.put(
        ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, Math.max(1, Math.min(15_000, delivery / 2)));
    properties.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, settings.admission().toMillis());
    properties.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, maxRecordBytes);
    // Twice what may be in flight, so that the bound with a clear message is met first.
    properties.put(
        ProducerConfig.BUFFER_MEMORY_CONFIG,
        2 * Math.max(settings.maxInFlightBytes(), maxRecordBytes));
    return properties;
  }

  /**
   * Sends one record; a null value deletes the key. Blocks while too much is in flight. The future
   * fails with an {@link IngestException} and completes on Kafka's own thread: what depends on it
   * must be short. The record begins a trace, or goes on with that of the calling thread.
   *
   * @throws IngestException.Unavailable when there is no room within the admission deadline, or the
   *     registry does not answer
   */
  CompletableFuture<Receipt> send(String key, V value) {
    if (closed.get()) {
      throw new IllegalStateException("the producer of " + topic.name() + " is closed");
    }
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = value == null ? null : encode(value);
    long size = keyBytes.length + (bytes == null ? 0 : bytes.length);
    admit(size);
    var receipt = new CompletableFuture<Receipt>();
    var record = new ProducerRecord<>(topic.name(), keyBytes, bytes);
    Span span = tracing.send(STAGE, topic.name(), keyBytes, Context.current()).startSpan();
    tracing.inject(span, record.headers());
    try {
      kafka.send(
          record,
          (metadata, failure) -> {
            ended(span, failure);
            // Released last: who waits for an empty flight has seen all receipts dealt with.
            try {
              if (failure == null) {
                receipt.complete(new Receipt(key, metadata.partition(), metadata.offset()));
              } else {
                receipt.completeExceptionally(Failures.of(topic.name(), key, failure));
              }
            } finally {
              inFlight.release(size);
            }
          });
    } catch (InterruptException e) {
      ended(span, e);
      inFlight.release(size);
      throw new IngestException.Unavailable("interrupted while sending " + key, e);
    } catch (KafkaException | IllegalStateException e) {
      // Thrown, so the callback was never registered.
      ended(span, e);
      inFlight.release(size);
      throw Failures.of(topic.name(), key, e);
    }
    return receipt;
  }

  private static void ended(Span span, Exception failure) {
    if (failure != null) {
      span.setStatus(StatusCode.ERROR, String.valueOf(failure.getMessage()));
    }
    span.end();
  }

  private byte[] encode(V value) {
    try {
      return serde.write(value);
    } catch (RegistryException.Unavailable e) {
      throw new IngestException.Unavailable(e.getMessage(), e);
    } catch (RegistryException e) {
      throw new IngestException.Refused(e.getMessage(), e);
    } catch (WireFormatException e) {
      throw new IngestException.Invalid(e.getMessage());
    }
  }

  private void admit(long size) {
    try {
      if (!inFlight.admit(size, settings.admission())) {
        throw new IngestException.Unavailable(
            "Kafka has not acknowledged %d records within %d s: is it overloaded or away?"
                .formatted(inFlight.records(), settings.admission().toSeconds()),
            null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IngestException.Unavailable("interrupted while waiting to send", e);
    }
  }

  /**
   * Waits until all that was sent is acknowledged or has failed.
   *
   * @throws IngestException.Unavailable when the deadline passes first
   */
  void flush(Duration deadline) {
    try {
      int left = inFlight.awaitEmpty(deadline);
      if (left > 0) {
        throw new IngestException.Unavailable(
            "Kafka has not acknowledged %d records within %d s"
                .formatted(left, deadline.toSeconds()),
            null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IngestException.Unavailable("interrupted while waiting for Kafka", e);
    }
  }

  /** Delivers what is in flight within the deadline and fails the rest. Idempotent. */
  void close(Duration deadline) {
    if (closed.compareAndSet(false, true)) {
      kafka.close(deadline);
      if (inFlight.records() > 0) {
        LOG.warn("closed with {} records of {} unacknowledged", inFlight.records(), topic.name());
      }
    }
  }

  @Override
  public void close() {
    close(settings.close());
  }
}
