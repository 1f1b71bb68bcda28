package dev.millrace.contracts;

import java.util.Map;
import java.util.TreeMap;

/**
 * How a topic is created.
 *
 * @param partitions number of partitions, 1 or more
 * @param config broker-side settings by name, for example {@code cleanup.policy=compact}
 */
public record TopicSettings(int partitions, Map<String, String> config) {

  private static final String MEBIBYTES_8 = String.valueOf(8 << 20);
  private static final String MEBIBYTES_32 = String.valueOf(32 << 20);
  private static final String FOREVER = "-1";

  public TopicSettings {
    if (partitions < 1) {
      throw new IllegalArgumentException("partitions must be 1 or more: " + partitions);
    }
    config = Map.copyOf(config);
  }

  /** Keeps the newest record of every key for ever. */
  static TopicSettings compacted(int partitions) {
    return new TopicSettings(
        partitions,
        Map.of(
            "cleanup.policy", "compact",
            "max.message.bytes", MEBIBYTES_32,
            "min.cleanable.dirty.ratio", "0.3"));
  }

  /** Keeps every record for ever. */
  static TopicSettings kept(int partitions) {
    return retained(partitions, FOREVER);
  }

  /** Keeps every record for some days. */
  static TopicSettings days(int partitions, int days) {
    return retained(partitions, String.valueOf(days * 86_400_000L));
  }

  private static TopicSettings retained(int partitions, String retentionMs) {
    return new TopicSettings(
        partitions,
        Map.of(
            "cleanup.policy", "delete",
            "retention.ms", retentionMs,
            "max.message.bytes", MEBIBYTES_8));
  }

  TopicSettings with(String name, String value) {
    var changed = new TreeMap<>(config);
    changed.put(name, value);
    return new TopicSettings(partitions, changed);
  }

  /** These settings with another number of partitions. */
  public TopicSettings withPartitions(int number) {
    return new TopicSettings(number, config);
  }
}
