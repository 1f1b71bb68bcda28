package dev.millrace.monitor.trace;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Looks for the newest records of a key in the one partition in which they lie. */
final class KeyedLook {

  private static final int MOST = 50;

  private final LogScan scan;
  private final ScanLimit limit;
  private boolean complete = true;

  KeyedLook(LogScan scan, ScanLimit limit) {
    this.scan = scan;
    this.limit = limit;
  }

  /** A record, with its value where there is one that can be read. */
  record Seen<V>(ConsumerRecord<byte[], byte[]> record, Optional<V> value) {}

  /** Newest first. */
  <V> List<Seen<V>> find(String topic, String key, AvroSerde<V> serde) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    int partitions = scan.partitions(topic).size();
    if (partitions == 0) {
      return List.of();
    }
    TopicPartition partition = LogScan.partitionOf(topic, bytes, partitions);
    var found =
        scan.newest(
            partition,
            Long.MAX_VALUE,
            MOST,
            limit,
            record ->
                Arrays.equals(bytes, record.key())
                    ? Optional.of(new Seen<>(record, read(record, serde)))
                    : Optional.<Seen<V>>empty());
    complete &= found.complete() || found.results().size() == MOST;
    return found.results();
  }

  static <V> Optional<V> read(ConsumerRecord<byte[], byte[]> record, AvroSerde<V> serde) {
    if (record.value() == null || serde == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(serde.read(record.value()));
    } catch (WireFormatException e) {
      return Optional.empty();
    }
  }

  /** False when one of the looks had to end before it was through. */
  boolean complete() {
    return complete;
  }
}
