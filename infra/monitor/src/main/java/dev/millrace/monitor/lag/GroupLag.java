package dev.millrace.monitor.lag;

import java.util.List;

/**
 * How far a group lies behind.
 *
 * @param state as the coordinator calls it; {@code Missing} for a group that is expected and was
 *     never seen
 * @param retired true when nobody is meant to read on under its name: it is not called stuck
 * @param topics by name
 */
public record GroupLag(
    String group, GroupKind kind, String state, boolean retired, List<TopicLag> topics) {

  /** Records not read yet. */
  public long lag() {
    return topics.stream().mapToLong(TopicLag::lag).sum();
  }

  /** Of the partition that lies furthest behind. */
  public double seconds() {
    return topics.stream().mapToDouble(TopicLag::seconds).max().orElse(0);
  }

  /** The most records that any partition lies behind. */
  public long maxLag() {
    return topics.stream()
        .flatMap(topic -> topic.partitions().stream())
        .mapToLong(PartitionLag::lag)
        .max()
        .orElse(0);
  }

  /** True when one of its topics is stuck. */
  public boolean stuck() {
    return topics.stream().anyMatch(TopicLag::stuck);
  }
}
