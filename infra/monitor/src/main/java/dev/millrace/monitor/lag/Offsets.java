package dev.millrace.monitor.lag;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;

/**
 * What Kafka said at one moment.
 *
 * @param at milliseconds since the epoch
 * @param ends offset behind the last record of each partition, transaction markers included
 * @param oldest offset of the first record that is still kept; a partition may be missing
 */
public record Offsets(
    long at, Map<TopicPartition, Long> ends, Map<TopicPartition, Long> oldest, List<Group> groups) {

  /**
   * One group.
   *
   * @param state as the coordinator calls it, for example {@code Stable} or {@code Empty}
   * @param positions where it reads on, by partition
   */
  public record Group(
      String id, GroupKind kind, String state, Map<TopicPartition, Position> positions) {}

  /**
   * Where a group reads on.
   *
   * @param offset the next record to read; of a share group, the first that is not done
   * @param backlog records not done as the broker counts them, -1 where it does not: in a share
   *     group some behind {@code offset} may be done already
   */
  public record Position(long offset, long backlog) {

    /** A position without the broker's own count. */
    public static Position at(long offset) {
      return new Position(offset, -1);
    }
  }
}
