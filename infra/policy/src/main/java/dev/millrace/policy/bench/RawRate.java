package dev.millrace.policy.bench;

import dev.millrace.policy.PolicyPublisher;
import dev.millrace.runtime.StageContext;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;

/**
 * What the broker itself does: as many bytes in records of the same size, in one transaction, in
 * and out, with the same settings of the clients, without making or using them.
 */
final class RawRate implements AutoCloseable {

  private static final int RECORD = 4 << 20;

  private final TopicPartition partition;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], ByteBuffer> consumer;
  private final byte[] record = new byte[RECORD];

  RawRate(StageContext context) {
    partition = new TopicPartition(context.topics().policyWeights().name(), 0);
    Map<String, Object> out = PolicyPublisher.producerSettings(context.kafka(), "bench-raw");
    out.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "bench-raw-" + UUID.randomUUID());
    producer = new KafkaProducer<>(out, new ByteArraySerializer(), new ByteArraySerializer());
    producer.initTransactions();
    Map<String, Object> in = context.kafka().reader("bench-raw");
    in.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 8 * RECORD);
    in.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 * RECORD);
    in.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, -1);
    // Asking for the end waits behind a fetch that waits.
    in.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
    consumer = new KafkaConsumer<>(in, new ByteArrayDeserializer(), new ByteBufferDeserializer());
    consumer.assign(List.of(partition));
    new Random(1).nextBytes(record);
  }

  /** Milliseconds to write {@code bytes} and commit. */
  double write(long bytes) {
    long start = System.nanoTime();
    producer.beginTransaction();
    for (long at = 0; at < bytes; at += RECORD) {
      int count = (int) Math.min(RECORD, bytes - at);
      byte[] value = count == RECORD ? record : java.util.Arrays.copyOf(record, count);
      producer.send(new ProducerRecord<>(partition.topic(), 0, new byte[] {0}, value));
    }
    producer.commitTransaction();
    return (System.nanoTime() - start) / 1e6;
  }

  /** Where the next bytes will be written. */
  long end() {
    return consumer.endOffsets(List.of(partition)).get(partition);
  }

  /** Milliseconds to read {@code bytes} from an offset on. */
  double read(long offset, long bytes) {
    long start = System.nanoTime();
    long limit = start + Duration.ofMinutes(5).toNanos();
    consumer.seek(partition, offset);
    long read = 0;
    while (read < bytes) {
      for (var found : consumer.poll(Duration.ofMillis(100)).records(partition)) {
        read += found.value().remaining();
      }
      if (System.nanoTime() > limit) {
        throw new IllegalStateException(read + " of " + bytes + " bytes came within 5 minutes");
      }
    }
    return (System.nanoTime() - start) / 1e6;
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    consumer.close();
  }
}
