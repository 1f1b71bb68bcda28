package dev.millrace.monitor.action;

import dev.millrace.runtime.KafkaSettings;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
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
      work.accept(record -> Acknowledged.within(DEADLINE, producer.send(record)));
      producer.commitTransaction();
    }
  }
}
