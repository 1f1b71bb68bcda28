package dev.millrace.monitor.audit;

import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.RetriableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads whole topics once, committed records only, in no group. One thread at a time. */
final class TopicScan implements AutoCloseable {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration ANSWER = Duration.ofSeconds(15);
  private static final Duration STALL = Duration.ofSeconds(30);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final AuditProgress progress;
  private final Duration deadline;
  private final long end;

  TopicScan(KafkaSettings kafka, String clientId, Duration deadline, AuditProgress progress) {
    Map<String, Object> config = kafka.reader(clientId);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 5_000);
    config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 20);
    config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
    config.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 << 20);
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(ANSWER.toMillis()));
    this.consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.progress = progress;
    this.deadline = deadline;
    this.end = System.nanoTime() + deadline.toNanos();
  }

  /** A topic from its beginning on. Asks the broker for its partitions and where they begin. */
  Reading topic(String name) {
    try {
      List<PartitionInfo> partitions = consumer.partitionsFor(name);
      List<TopicPartition> all =
          partitions == null
              ? List.of()
              : partitions.stream().map(p -> new TopicPartition(name, p.partition())).toList();
      consumer.assign(all);
      return new Reading(name, all, consumer.beginningOffsets(all));
    } catch (KafkaException e) {
      throw away(name, e);
    }
  }

  /** How far one topic has been read. */
  final class Reading {

    private final String name;
    private final List<TopicPartition> partitions;
    private final Map<TopicPartition, Long> begin;
    private final Map<TopicPartition, Long> position;

    private Reading(String name, List<TopicPartition> partitions, Map<TopicPartition, Long> begin) {
      this.name = name;
      this.partitions = partitions;
      this.begin = begin;
      this.position = new HashMap<>(begin);
    }

    boolean exists() {
      return !partitions.isEmpty();
    }

    int partitions() {
      return partitions.size();
    }

    /** The first offset that the broker still has. */
    long begin(int partition) {
      return begin.get(new TopicPartition(name, partition));
    }

    /** The offset behind the last one that was read. */
    long position(int partition) {
      return position.get(new TopicPartition(name, partition));
    }

    /**
     * Hands over all records from where the last call ended to the end that the topic has now.
     *
     * @throws AuditDeadlineException when the audit's deadline passes
     * @throws RetriableException when Kafka does not answer
     */
    void toEnd(Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
      if (!exists()) {
        return;
      }
      try {
        consumer.assign(partitions);
        read(consumer.endOffsets(partitions), visitor);
      } catch (KafkaException e) {
        throw away(name, e);
      }
    }

    private void read(
        Map<TopicPartition, Long> ends, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
      List<TopicPartition> open =
          partitions.stream().filter(p -> position.get(p) < ends.get(p)).toList();
      consumer.assign(open);
      open.forEach(partition -> consumer.seek(partition, position.get(partition)));
      long total = partitions.stream().mapToLong(p -> ends.get(p) - begin.get(p)).sum();
      long moved = System.nanoTime();
      long done = done();
      while (!open.isEmpty()) {
        for (var record : consumer.poll(POLL)) {
          if (record.offset() < ends.get(new TopicPartition(name, record.partition()))) {
            visitor.accept(record);
          }
        }
        for (TopicPartition partition : open) {
          // Positions move over transaction markers too, which are no records.
          position.put(partition, Math.min(consumer.position(partition), ends.get(partition)));
        }
        if (done() > done) {
          done = done();
          moved = System.nanoTime();
          progress.at(name, done, total);
        }
        checkTime(moved, done, total);
        List<TopicPartition> still =
            open.stream().filter(p -> position.get(p) < ends.get(p)).toList();
        if (still.size() < open.size()) {
          consumer.assign(still);
          open = still;
        }
      }
    }

    private long done() {
      return partitions.stream().mapToLong(p -> position.get(p) - begin.get(p)).sum();
    }

    private void checkTime(long moved, long done, long total) {
      long now = System.nanoTime();
      if (now > end) {
        throw new AuditDeadlineException(
            "the audit did not end within %d s: it had come to offset %,d of %,d of topic %s; give it more time"
                .formatted(deadline.toSeconds(), done, total, name));
      }
      if (now - moved > STALL.toNanos() && done < total) {
        throw away(name, null);
      }
    }
  }

  private static RetriableException away(String topic, KafkaException cause) {
    return new RetriableException(
        "Kafka does not answer questions about topic "
            + topic
            + (cause == null ? "" : ": " + cause.getMessage()),
        cause);
  }

  @Override
  public void close() {
    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}
