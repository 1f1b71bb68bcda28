package dev.millrace.monitor.lag;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Looks whether there is a record at a position that does not move. Behind the records of
 * exactly-once producers stand markers, and rolled back records stay in the log: no consumer is
 * ever handed those, and a group that commits the offset behind its last record seems to lag by one
 * for ever.
 */
final class MarkerLook implements AutoCloseable {

  private static final int MOST_PARTITIONS = 32;
  private static final Duration LOOK = Duration.ofMillis(300);

  private final KafkaConsumer<byte[], byte[]> consumer;

  /**
   * @param reader properties of a consumer that reads committed records and belongs to no group
   */
  MarkerLook(Map<String, Object> reader) {
    Map<String, Object> properties = new HashMap<>(reader);
    properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 256 << 10);
    properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 10);
    properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 2_000);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Looks at some of the doubtful positions and tells the model. */
  void look(LagModel model) {
    Map<TopicPartition, Long> from = new HashMap<>();
    Map<TopicPartition, Set<String>> groups = new HashMap<>();
    model
        .doubtful()
        .forEach(
            (group, partitions) ->
                partitions.forEach(
                    (partition, position) -> {
                      boolean room = from.size() < MOST_PARTITIONS || from.containsKey(partition);
                      // One position a partition at a time: another group's comes another time.
                      if (room && from.computeIfAbsent(partition, p -> position).equals(position)) {
                        groups.computeIfAbsent(partition, p -> new HashSet<>()).add(group);
                      }
                    }));
    if (from.isEmpty()) {
      return;
    }
    consumer.assign(from.keySet());
    from.forEach(consumer::seek);
    Set<TopicPartition> found = new HashSet<>();
    long end = System.nanoTime() + LOOK.toNanos();
    while (found.size() < from.size() && System.nanoTime() < end) {
      var records = consumer.poll(Duration.ofMillis(50));
      for (TopicPartition partition : records.partitions()) {
        if (found.add(partition)) {
          long offset = records.records(partition).getFirst().offset();
          groups.get(partition).forEach(g -> model.firstRecord(g, partition, offset));
        }
      }
      consumer.pause(found);
    }
    for (TopicPartition partition : from.keySet()) {
      if (!found.contains(partition)) {
        nothingThere(model, partition, groups.get(partition));
      }
    }
    consumer.assign(List.of());
  }

  private void nothingThere(LagModel model, TopicPartition partition, Set<String> groups) {
    try {
      long position = consumer.position(partition, Duration.ofMillis(200));
      groups.forEach(group -> model.nothingBefore(group, partition, position));
    } catch (KafkaException e) {
      // The topic went away, or the broker did: the next round asks again.
    }
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}
