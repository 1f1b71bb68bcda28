package dev.millrace.monitor.lag;

import java.util.List;

/**
 * What lies in a topic and how fast it grows.
 *
 * @param records between the oldest and the end offset; compaction may have removed some
 * @param producedPerSecond records
 */
public record TopicFlow(
    String topic, long records, double producedPerSecond, List<Partition> partitions) {

  /** One partition's range of offsets. */
  public record Partition(int partition, long oldest, long end) {}
}
