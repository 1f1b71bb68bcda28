package dev.millrace.monitor.lag;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lag under the names that the usual exporters have made known, share groups included. Of every
 * name at most a fixed number of series: where there are more, those of partitions are left out and
 * {@code millrace_monitor_series_left_out} tells how many.
 */
public final class LagMeters {

  private record Key(String name, Tags tags) {}

  private static final class Cell {
    private volatile double value;
    private Meter meter;
    private long round;

    double value() {
      return value;
    }
  }

  private final MeterRegistry registry;
  private final String cluster;
  private final int most;
  private final Map<Key, Cell> cells = new HashMap<>();
  private final Map<String, Integer> series = new HashMap<>();
  private volatile long leftOut;
  private long missing;
  private long round;

  /**
   * @param cluster value of the label {@code cluster_name}
   * @param most series of one name
   */
  public LagMeters(MeterRegistry registry, String cluster, int most) {
    this.registry = registry;
    this.cluster = cluster;
    this.most = most;
    registry.gauge("millrace_monitor_series_left_out", this, meters -> meters.leftOut);
  }

  /** Puts a snapshot in the place of the last. Not safe for several threads. */
  public void show(LagSnapshot snapshot) {
    round++;
    missing = 0;
    series.clear();
    for (GroupLag group : snapshot.groups()) {
      Tags of = Tags.of("cluster_name", cluster, "group", group.group());
      put("kafka_consumergroup_group_max_lag", of, group.maxLag());
      put("kafka_consumergroup_group_max_lag_seconds", of, group.seconds());
      put("kafka_consumergroup_group_sum_lag", of, group.lag());
      put("millrace_group_stuck", Tags.of("group", group.group()), group.stuck() ? 1 : 0);
    }
    for (TopicFlow topic : snapshot.topics()) {
      for (TopicFlow.Partition partition : topic.partitions()) {
        Tags of = Tags.of("topic", topic.topic(), "partition", text(partition.partition()));
        put("kafka_topic_partition_current_offset", of, partition.end());
        put("kafka_topic_partition_oldest_offset", of, partition.oldest());
      }
    }
    for (GroupLag group : snapshot.groups()) {
      group.topics().forEach(topic -> partitions(group, topic));
    }
    leftOut = missing;
    forget();
  }

  private void partitions(GroupLag group, TopicLag topic) {
    for (PartitionLag lag : topic.partitions()) {
      String partition = text(lag.partition());
      Tags one =
          Tags.of("consumergroup", group.group(), "topic", topic.topic(), "partition", partition);
      put("kafka_consumergroup_lag", one, lag.lag());
      put("kafka_consumergroup_current_offset", one, lag.position());
      Tags other =
          Tags.of(
              "cluster_name",
              cluster,
              "group",
              group.group(),
              "topic",
              topic.topic(),
              "partition",
              partition);
      put("kafka_consumergroup_group_lag", other, lag.lag());
      put("kafka_consumergroup_group_lag_seconds", other, lag.seconds());
    }
  }

  private static String text(int partition) {
    return Integer.toString(partition);
  }

  private void put(String name, Tags tags, double value) {
    if (series.merge(name, 1, Integer::sum) > most) {
      missing++;
      return;
    }
    Key key = new Key(name, tags);
    Cell cell = cells.get(key);
    if (cell == null) {
      Cell fresh = new Cell();
      fresh.meter = Gauge.builder(name, fresh, Cell::value).tags(tags).register(registry);
      cells.put(key, fresh);
      cell = fresh;
    }
    cell.value = value;
    cell.round = round;
  }

  /** A group that is gone must not go on being shown with its last lag. */
  private void forget() {
    List<Key> gone = new ArrayList<>();
    cells.forEach(
        (key, cell) -> {
          if (cell.round != round) {
            registry.remove(cell.meter);
            gone.add(key);
          }
        });
    gone.forEach(cells::remove);
  }
}
