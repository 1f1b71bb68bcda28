package dev.millrace.ingest.state;

import dev.millrace.ingest.IngestException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;

/**
 * The part of one topic that a consumer group has not worked off yet. One search at a time; a
 * search is bounded in records and time.
 */
final class LogTail implements AutoCloseable {

  /**
   * What a search came to.
   *
   * @param newest record of the key, if there is one in what was searched
   * @param complete false when a bound was met before the end
   */
  record Found(Optional<ConsumerRecord<byte[], byte[]>> newest, boolean complete) {}

  private final Admin admin;
  private final String topic;
  private final ScanBounds bounds;
  private final ReentrantLock lock = new ReentrantLock();
  private final KafkaConsumer<byte[], byte[]> consumer;
  private int partitions;

  /**
   * @param reader properties of a consumer that reads committed records and belongs to no group
   * @param admin stays its owner's to close
   */
  LogTail(Map<String, ?> reader, Admin admin, String topic, ScanBounds bounds) {
    this.admin = admin;
    this.topic = topic;
    this.bounds = bounds;
    Map<String, Object> properties = new HashMap<>(reader);
    properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
    properties.put(
        ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(bounds.answer().toMillis()));
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * Searches from where {@code group} has committed to the end of the key's partition.
   *
   * @throws IngestException.Unavailable when Kafka does not answer
   */
  Found find(String group, String key) {
    try {
      if (!lock.tryLock(bounds.time().toMillis(), TimeUnit.MILLISECONDS)) {
        return new Found(Optional.empty(), false);
      }
      try {
        return search(group, key.getBytes(StandardCharsets.UTF_8));
      } finally {
        lock.unlock();
      }
    } catch (KafkaException e) {
      throw away(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw away(e);
    }
  }

  private Found search(String group, byte[] key) throws InterruptedException {
    if (partitions == 0) {
      partitions = consumer.partitionsFor(topic).size();
    }
    // The default partitioner's rule, by which our producers and Kafka Streams place keys.
    int number = Utils.toPositive(Utils.murmur2(key)) % partitions;
    var partition = new TopicPartition(topic, number);
    // Before asking for its end: the client warns of partitions that it was not assigned.
    consumer.assign(List.of(partition));
    long end = consumer.endOffsets(List.of(partition)).get(partition);
    long from = committed(group, partition);
    if (from >= end) {
      return new Found(Optional.empty(), true);
    }
    if (from < 0) {
      consumer.seekToBeginning(List.of(partition));
    } else {
      consumer.seek(partition, from);
    }
    return scan(partition, end, key);
  }

  private Found scan(TopicPartition partition, long end, byte[] key) {
    long deadline = System.nanoTime() + bounds.time().toNanos();
    ConsumerRecord<byte[], byte[]> newest = null;
    int records = 0;
    // Positions move over transaction markers too, which are no records.
    while (consumer.position(partition) < end) {
      if (records > bounds.records() || System.nanoTime() > deadline) {
        return new Found(Optional.ofNullable(newest), false);
      }
      for (var record : consumer.poll(Duration.ofMillis(100))) {
        records++;
        if (Arrays.equals(record.key(), key)) {
          newest = record;
        }
      }
    }
    return new Found(Optional.ofNullable(newest), true);
  }

  private long committed(String group, TopicPartition partition) throws InterruptedException {
    try {
      OffsetAndMetadata offset =
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get(bounds.answer().toMillis(), TimeUnit.MILLISECONDS)
              .get(partition);
      return offset == null ? -1 : offset.offset();
    } catch (ExecutionException | TimeoutException e) {
      throw away(e);
    }
  }

  private IngestException.Unavailable away(Exception cause) {
    return new IngestException.Unavailable(
        "Kafka does not answer questions about topic " + topic, cause);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
    } finally {
      lock.unlock();
    }
  }
}
