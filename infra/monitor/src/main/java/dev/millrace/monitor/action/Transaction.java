package dev.millrace.monitor.action;

import dev.millrace.runtime.KafkaSettings;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A few records, all of them or none, over a connection of their own: operators act seldom. Every
 * one has an id of its own, for there is nothing that two of them could do wrong together.
 */
final class Transaction {

  private static final Duration DEADLINE = Duration.ofSeconds(15);

  private final KafkaSettings kafka;
  private final String name;

  /**
   * @param name of the client
   */
  Transaction(KafkaSettings kafka, String name) {
    this.kafka = kafka;
    this.name = name;
  }

  /** Sends one record and tells where it lies. */
  interface Sending {
    RecordMetadata send(ProducerRecord<byte[], byte[]> record);
  }

  /**
   * Commits what {@code work} sends.
   *
   * @throws KafkaException when the log does not take it; then nothing of it is there
   */
  void run(Consumer<Sending> work) {
    Map<String, Object> config = kafka.producer(name);
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, name + "-" + UUID.randomUUID());
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Math.toIntExact(DEADLINE.toMillis()));
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      work.accept(record -> await(producer.send(record)));
      producer.commitTransaction();
    }
  }

  private static RecordMetadata await(java.util.concurrent.Future<RecordMetadata> future) {
    try {
      return future.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          "Kafka did not take a record within " + DEADLINE.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
