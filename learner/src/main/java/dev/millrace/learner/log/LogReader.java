package dev.millrace.learner.log;

import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads stretches of one topic: committed records, within a deadline. Opens a consumer for every
 * reading; safe for several threads.
 */
public final class LogReader {

  private static final Duration POLL = Duration.ofMillis(200);

  /** Of single records: what lies behind each is mostly not wanted. */
  private static final int SCATTERED_FETCH = 64 << 10;

  private final StageContext context;
  private final String topic;
  private final String clientId;
  private final Duration deadline;

  /**
   * @param deadline of one call
   */
  public LogReader(StageContext context, String topic, String clientId, Duration deadline) {
    this.context = context;
    this.topic = topic;
    this.clientId = clientId;
    this.deadline = deadline;
  }

  /** By partition, the offset behind the last committed record. */
  public Map<Integer, Long> ends() {
    try (var consumer = consumer()) {
      return ends(consumer);
    }
  }

  private Map<Integer, Long> ends(KafkaConsumer<byte[], byte[]> consumer) {
    Map<Integer, Long> ends = new TreeMap<>();
    consumer
        .endOffsets(partitions(consumer), deadline)
        .forEach((partition, end) -> ends.put(partition.partition(), end));
    return ends;
  }

  private List<TopicPartition> partitions(KafkaConsumer<byte[], byte[]> consumer) {
    return consumer.partitionsFor(topic, deadline).stream()
        .map(info -> new TopicPartition(topic, info.partition()))
        .toList();
  }

  /** Reads everything that there is now. */
  public void readAll(Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    try (var consumer = consumer()) {
      read(consumer, Map.of(), ends(consumer), sink);
    }
  }

  /**
   * Reads records in the order of their partitions' offsets.
   *
   * @param from first offset by partition; the oldest where none is given
   * @param ends where to stop, by partition; others are not read
   * @throws RetriableException when the deadline passes first
   */
  public void read(
      Map<Integer, Long> from,
      Map<Integer, Long> ends,
      Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    if (!ends.isEmpty()) {
      try (var consumer = consumer()) {
        read(consumer, from, ends, sink);
      }
    }
  }

  private void read(
      KafkaConsumer<byte[], byte[]> consumer,
      Map<Integer, Long> from,
      Map<Integer, Long> ends,
      Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    long end = System.nanoTime() + deadline.toNanos();
    List<TopicPartition> open = new ArrayList<>();
    ends.keySet().forEach(partition -> open.add(new TopicPartition(topic, partition)));
    consumer.assign(open);
    consumer.seekToBeginning(open);
    from.forEach(
        (partition, offset) -> {
          if (ends.containsKey(partition)) {
            consumer.seek(new TopicPartition(topic, partition), offset);
          }
        });
    open.removeIf(partition -> passed(consumer, partition, ends));
    while (!open.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (record.offset() < ends.get(record.partition())) {
          sink.accept(record);
        }
      }
      open.removeIf(partition -> passed(consumer, partition, ends));
      requireTime(end);
    }
  }

  /**
   * Reads single records, wherever they lie; those that are gone are left out.
   *
   * @param offsets by partition
   * @throws RetriableException when the deadline passes first
   */
  public void readAt(
      Map<Integer, ? extends SortedSet<Long>> offsets,
      Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    long end = System.nanoTime() + deadline.toNanos();
    try (var consumer = consumer(SCATTERED_FETCH)) {
      offsets.forEach(
          (partition, wanted) ->
              readAt(consumer, new TopicPartition(topic, partition), wanted, end, sink));
    }
  }

  private void readAt(
      KafkaConsumer<byte[], byte[]> consumer,
      TopicPartition partition,
      SortedSet<Long> wanted,
      long end,
      Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    consumer.assign(List.of(partition));
    long next = wanted.first();
    consumer.seek(partition, next);
    while (true) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        if (wanted.contains(record.offset())) {
          sink.accept(record);
        }
      }
      long position = consumer.position(partition, deadline);
      SortedSet<Long> left = wanted.tailSet(position);
      if (left.isEmpty()) {
        return;
      }
      if (left.first() > position) {
        consumer.seek(partition, left.first());
      }
      requireTime(end);
    }
  }

  private void requireTime(long end) {
    if (System.nanoTime() > end) {
      throw new RetriableException(
          "%s could not be read within %d s: is the broker overloaded?"
              .formatted(topic, deadline.toSeconds()),
          null);
    }
  }

  private boolean passed(
      KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition, Map<Integer, Long> ends) {
    boolean passed = consumer.position(partition, deadline) >= ends.get(partition.partition());
    if (passed) {
      consumer.pause(List.of(partition));
    }
    return passed;
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return consumer(32 << 20);
  }

  private KafkaConsumer<byte[], byte[]> consumer(int fetchBytes) {
    Map<String, Object> config = context.kafka().reader(clientId);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5000);
    // Behind the last record of a transaction stands a marker: a poll for it would wait in vain.
    config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 10);
    config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, fetchBytes);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }
}
