package dev.millrace.monitor.lag;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LagMetersTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  private static LagSnapshot snapshot(String group, GroupKind kind, int partitions) {
    List<PartitionLag> lags =
        IntStream.range(0, partitions)
            .mapToObj(p -> new PartitionLag(p, 10, 15 + p, 5 + p, 2.5, false, 1, 1, 0))
            .toList();
    TopicLag topic = TopicLag.of("samples", lags, 60);
    var flow =
        new TopicFlow(
            "samples",
            15,
            1,
            IntStream.range(0, partitions)
                .mapToObj(p -> new TopicFlow.Partition(p, 3, 15 + p))
                .toList());
    return new LagSnapshot(
        1, List.of(new GroupLag(group, kind, "Stable", false, List.of(topic))), List.of(flow));
  }

  private double value(String name, String... tags) {
    return registry.get(name).tags(tags).gauge().value();
  }

  @Test
  void names_and_labels_are_those_of_the_exporters_for_share_groups_too() {
    new LagMeters(registry, "here", 100).show(snapshot("reward-workers", GroupKind.SHARE, 2));

    String[] one = {"consumergroup", "reward-workers", "topic", "samples", "partition", "1"};
    assertThat(value("kafka_consumergroup_lag", one)).isEqualTo(6);
    assertThat(value("kafka_consumergroup_current_offset", one)).isEqualTo(10);
    String[] where = {"topic", "samples", "partition", "1"};
    assertThat(value("kafka_topic_partition_current_offset", where)).isEqualTo(16);
    assertThat(value("kafka_topic_partition_oldest_offset", where)).isEqualTo(3);
    String[] other = {
      "cluster_name", "here", "group", "reward-workers", "topic", "samples", "partition", "1"
    };
    assertThat(value("kafka_consumergroup_group_lag", other)).isEqualTo(6);
    assertThat(value("kafka_consumergroup_group_lag_seconds", other)).isEqualTo(2.5);
    String[] group = {"cluster_name", "here", "group", "reward-workers"};
    assertThat(value("kafka_consumergroup_group_max_lag", group)).isEqualTo(6);
    assertThat(value("kafka_consumergroup_group_max_lag_seconds", group)).isEqualTo(2.5);
    assertThat(value("kafka_consumergroup_group_sum_lag", group)).isEqualTo(11);
  }

  @Test
  void group_that_is_gone_is_no_longer_shown() {
    var meters = new LagMeters(registry, "here", 100);
    meters.show(snapshot("old", GroupKind.CONSUMER, 1));
    meters.show(snapshot("new", GroupKind.CONSUMER, 1));

    assertThat(registry.find("kafka_consumergroup_lag").tag("consumergroup", "old").gauge())
        .isNull();
    assertThat(registry.find("kafka_consumergroup_lag").tag("consumergroup", "new").gauge())
        .isNotNull();
  }

  @Test
  void there_is_a_bound_and_what_is_left_out_is_counted() {
    new LagMeters(registry, "here", 10).show(snapshot("wide", GroupKind.CONSUMER, 50));

    assertThat(
            registry.getMeters().stream()
                .map(Meter::getId)
                .filter(id -> id.getName().equals("kafka_consumergroup_lag")))
        .hasSize(10);
    assertThat(value("millrace_monitor_series_left_out")).isEqualTo(6 * 40);
    assertThat(value("kafka_consumergroup_group_sum_lag")).isPositive();
  }
}
