package dev.millrace.embed;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes to the {@code indexed} topic what became of every revision. */
final class Reports implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;
  private final AvroSerde<Indexed> serde;
  private final Tracing tracing;

  /**
   * What is told.
   *
   * @param span of the work that it tells of
   */
  record Word(Indexed report, Span span) {}

  Reports(StageContext context, String clientId) {
    this.producer =
        new KafkaProducer<>(
            context.kafka().producer(clientId),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    this.topic = context.topics().indexed().name();
    this.serde = new AvroSerde<>(context.registry(), context.topics().indexed());
    this.tracing = context.tracing();
  }

  /**
   * Returns when the broker has all of them.
   *
   * @throws RetriableException when it does not take them in time; some may have been taken
   */
  void send(List<Word> reports) {
    try {
      List<Future<RecordMetadata>> sent = new ArrayList<>(reports.size());
      for (Word word : reports) {
        byte[] key = word.report().getDocumentId().getBytes(StandardCharsets.UTF_8);
        var record = new ProducerRecord<>(topic, key, serde.write(word.report()));
        tracing.inject(word.span(), record.headers());
        sent.add(producer.send(record));
      }
      long end = System.nanoTime() + DEADLINE.toNanos();
      for (Future<RecordMetadata> future : sent) {
        future.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
    } catch (ExecutionException | TimeoutException | KafkaException | RegistryException e) {
      throw new RetriableException("reports not written to " + topic + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted while writing to " + topic, e);
    }
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(10));
  }
}
