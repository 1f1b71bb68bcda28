package dev.millrace.embed;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.RetriableException;
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

  Reports(KafkaSettings kafka, SchemaRegistry registry, Topic<Indexed> topic, String clientId) {
    this.producer =
        new KafkaProducer<>(
            kafka.producer(clientId), new ByteArraySerializer(), new ByteArraySerializer());
    this.topic = topic.name();
    this.serde = new AvroSerde<>(registry, topic);
  }

  /**
   * Returns when the broker has all of them.
   *
   * @throws RetriableException when it does not take them in time; some may have been taken
   */
  void send(List<Indexed> reports) {
    try {
      List<Future<RecordMetadata>> sent = new ArrayList<>(reports.size());
      for (Indexed report : reports) {
        byte[] key = report.getDocumentId().getBytes(StandardCharsets.UTF_8);
        sent.add(producer.send(new ProducerRecord<>(topic, key, serde.write(report))));
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
