package dev.millrace.monitor.scan;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;

/**
 * Reads ranges of topics, committed records only, as a member of no group. One look at a time;
 * callers on several threads wait for each other.
 */
public final class LogScan implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(100);
  private static final int WINDOW = 200;
  private static final int MOST_WINDOW = 5_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final KafkaConsumer<byte[], byte[]> consumer;

  /**
   * @param reader properties of a consumer that reads committed records and belongs to no group
   */
  public LogScan(Map<String, Object> reader) {
    Map<String, Object> properties = new HashMap<>(reader);
    properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
    properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 << 20);
    properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 8 << 20);
    properties.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, WINDOW);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 5_000);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** What a look does with a record. */
  @FunctionalInterface
  public interface Visitor {
    /** Returns false to end the look. */
    boolean visit(ConsumerRecord<byte[], byte[]> record);
  }

  /**
   * The partitions of a topic, in their order; none where it does not exist.
   *
   * @throws KafkaException when Kafka does not answer
   */
  public List<TopicPartition> partitions(String topic) {
    return alone(
        () -> {
          List<PartitionInfo> found = consumer.partitionsFor(topic);
          return found == null
              ? List.of()
              : found.stream()
                  .map(info -> new TopicPartition(topic, info.partition()))
                  .sorted(java.util.Comparator.comparingInt(TopicPartition::partition))
                  .toList();
        });
  }

  /** The partition in which our producers and Kafka Streams put a key. */
  public static TopicPartition partitionOf(String topic, byte[] key, int partitions) {
    return new TopicPartition(topic, Utils.toPositive(Utils.murmur2(key)) % partitions);
  }

  /** Offset of the first record that is kept. */
  public long begin(TopicPartition partition) {
    return alone(() -> consumer.beginningOffsets(List.of(partition)).get(partition));
  }

  /** Offset behind the last record that is committed. */
  public long end(TopicPartition partition) {
    return alone(
        () -> {
          consumer.assign(List.of(partition));
          return consumer.endOffsets(List.of(partition)).get(partition);
        });
  }

  /** Offset of the first record written at {@code time} or later; the end where there is none. */
  public long at(TopicPartition partition, long time) {
    return alone(
        () -> {
          var found = consumer.offsetsForTimes(Map.of(partition, time)).get(partition);
          return found == null ? end(partition) : found.offset();
        });
  }

  /**
   * Shows the records from {@code from} to {@code to} (exclusive) in their order.
   *
   * @return the offset at which the look ended: {@code to}, or less when the limit was met or the
   *     visitor had enough
   */
  public long read(TopicPartition partition, long from, long to, ScanLimit limit, Visitor visitor) {
    return alone(() -> scan(partition, from, to, limit, visitor));
  }

  private long scan(
      TopicPartition partition, long from, long to, ScanLimit limit, Visitor visitor) {
    if (from >= to) {
      return to;
    }
    consumer.assign(List.of(partition));
    consumer.seek(partition, from);
    long deadline = System.nanoTime() + limit.time().toNanos();
    long bytes = 0;
    int records = 0;
    // Positions move over transaction markers too, which are no records.
    while (consumer.position(partition) < to) {
      for (var record : consumer.poll(POLL)) {
        if (record.offset() >= to) {
          return to;
        }
        bytes += size(record);
        if (!visitor.visit(record) || ++records >= limit.records() || bytes >= limit.bytes()) {
          return record.offset() + 1;
        }
      }
      if (System.nanoTime() > deadline) {
        return Math.min(to, consumer.position(partition));
      }
    }
    return to;
  }

  /**
   * What can be made of the newest records, newest first: looks back window by window. Keeps only
   * what was made, not the records.
   *
   * @param before the look begins below this offset
   * @param most results that are returned
   * @param make empty for a record that is not wanted
   */
  public <T> Found<T> newest(
      TopicPartition partition,
      long before,
      int most,
      ScanLimit limit,
      Function<ConsumerRecord<byte[], byte[]>, Optional<T>> make) {
    return alone(() -> lookBack(partition, before, most, limit, make));
  }

  /**
   * What a look back came to.
   *
   * @param results newest first
   * @param from all records from here on were looked at
   * @param complete true when there is nothing older
   */
  public record Found<T>(List<T> results, long from, boolean complete) {}

  private record At<T>(long offset, T result) {}

  private <T> Found<T> lookBack(
      TopicPartition partition,
      long before,
      int most,
      ScanLimit limit,
      Function<ConsumerRecord<byte[], byte[]>, Optional<T>> make) {
    long begin = begin(partition);
    long high = Math.min(before, end(partition));
    long deadline = System.nanoTime() + limit.time().toNanos();
    long window = Math.clamp(most, 1, WINDOW);
    List<T> found = new ArrayList<>();
    long[] spent = {0, 0};
    while (high > begin && found.size() < most) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || spent[0] >= limit.records() || spent[1] >= limit.bytes()) {
        return new Found<>(found, high, false);
      }
      long low = Math.max(begin, high - window);
      List<At<T>> here = new ArrayList<>();
      // A window is read whole: half of one would leave a gap before the next.
      var rest = new ScanLimit(Integer.MAX_VALUE, Long.MAX_VALUE, Duration.ofNanos(left));
      long reached =
          scan(
              partition,
              low,
              high,
              rest,
              record -> {
                spent[0]++;
                spent[1] += size(record);
                make.apply(record).ifPresent(made -> here.add(new At<>(record.offset(), made)));
                return true;
              });
      if (reached < high) {
        return new Found<>(found, high, false);
      }
      int i = here.size();
      while (i > 0 && found.size() < most) {
        found.add(here.get(--i).result());
      }
      high = i > 0 ? here.get(i).offset() : low;
      window = Math.min(window * 2, MOST_WINDOW);
    }
    return new Found<>(found, high, high <= begin);
  }

  private static long size(ConsumerRecord<byte[], byte[]> record) {
    return Math.max(0, record.serializedKeySize()) + Math.max(0, record.serializedValueSize());
  }

  private <T> T alone(java.util.function.Supplier<T> look) {
    lock.lock();
    try {
      return look.get();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    alone(
        () -> {
          consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
          return null;
        });
  }
}
