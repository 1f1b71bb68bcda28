package dev.millrace.monitor.action;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The topic {@code operator-actions}: what was done, by whom, to what. */
public final class OperatorLog {

  private static final Logger LOG = LoggerFactory.getLogger(OperatorLog.class);
  private static final ScanLimit LIMIT =
      new ScanLimit(1_000_000, 256L << 20, Duration.ofSeconds(20));

  private final LogScan scan;
  private final String topic;
  private final AvroSerde<OperatorAction> serde;

  /**
   * @param scan stays its owner's to close
   */
  public OperatorLog(LogScan scan, SchemaRegistry registry, Topic<OperatorAction> topic) {
    this.scan = scan;
    this.topic = topic.name();
    this.serde = new AvroSerde<>(registry, topic);
  }

  /** The record that tells of an action. */
  public ProducerRecord<byte[], byte[]> record(OperatorAction action) {
    return new ProducerRecord<>(
        topic, 0, action.getId().getBytes(StandardCharsets.UTF_8), serde.write(action));
  }

  /**
   * An action by its key, with the record where it can be read. What cannot be read was done all
   * the same: to take it for nothing would let it be done twice.
   */
  public record Entry(String id, Optional<OperatorAction> action) {}

  /**
   * All actions since a time, oldest first.
   *
   * @throws KafkaException when they cannot all be read: half an answer would let something be done
   *     twice
   */
  public List<Entry> since(long time) {
    List<Entry> actions = new ArrayList<>();
    for (TopicPartition partition : scan.partitions(topic)) {
      long end = scan.end(partition);
      long reached =
          scan.read(
              partition,
              scan.at(partition, time),
              end,
              LIMIT,
              record -> {
                actions.add(new Entry(key(record), decode(record)));
                return true;
              });
      if (reached < end) {
        throw new KafkaException("%s could not be read to its end".formatted(topic));
      }
    }
    return actions;
  }

  /** The newest actions, newest first. */
  public List<OperatorAction> newest(int most) {
    List<OperatorAction> actions = new ArrayList<>();
    for (TopicPartition partition : scan.partitions(topic)) {
      actions.addAll(
          scan.newest(partition, Long.MAX_VALUE, most, ScanLimit.INTERACTIVE, this::decode)
              .results());
    }
    return actions;
  }

  private static String key(ConsumerRecord<byte[], byte[]> record) {
    return record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
  }

  private Optional<OperatorAction> decode(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(serde.read(record.value()));
    } catch (WireFormatException e) {
      LOG.warn("unreadable {}@{} error=\"{}\"", topic, record.offset(), e.getMessage());
      return Optional.empty();
    }
  }
}
