package dev.millrace.monitor.lag;

import java.util.List;
import java.util.Optional;

/**
 * All groups and topics at one moment.
 *
 * @param at milliseconds since the epoch
 * @param groups by name
 * @param topics by name
 */
public record LagSnapshot(long at, List<GroupLag> groups, List<TopicFlow> topics) {

  /** Before anything was seen. */
  public static final LagSnapshot NOTHING = new LagSnapshot(0, List.of(), List.of());

  public Optional<GroupLag> group(String id) {
    return groups.stream().filter(group -> group.group().equals(id)).findFirst();
  }

  /** What one group has of one topic. */
  public Optional<TopicLag> lag(String group, String topic) {
    return group(group).stream()
        .flatMap(found -> found.topics().stream())
        .filter(lag -> lag.topic().equals(topic))
        .findFirst();
  }

  public Optional<TopicFlow> topic(String name) {
    return topics.stream().filter(topic -> topic.topic().equals(name)).findFirst();
  }
}
