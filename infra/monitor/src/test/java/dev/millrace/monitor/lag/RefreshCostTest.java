package dev.millrace.monitor.lag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.monitor.lag.Offsets.Group;
import dev.millrace.monitor.lag.Offsets.Position;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

/** What one refresh of 200 groups, each on a topic of its own with 50 partitions, costs us. */
class RefreshCostTest {

  private static final int GROUPS = 200;
  private static final int PARTITIONS = 50;
  private static final int ROUNDS = 300;

  @Test
  void two_hundred_groups_of_fifty_partitions_stay_within_150_ms_and_128_mb() {
    var cpu = ManagementFactory.getThreadMXBean();
    long before = usedBytes();
    var model = new LagModel(Duration.ofMinutes(2), List.of(), RetirementRule.NONE);
    var meters = new LagMeters(new SimpleMeterRegistry(), "here", 20_000);
    var random = new Random(1);
    long[] ends = new long[GROUPS * PARTITIONS];
    long[] positions = new long[ends.length];
    double[] millis = new double[ROUNDS];
    LagSnapshot last = null;
    for (int round = 0; round < ROUNDS; round++) {
      Offsets seen = traffic(round, random, ends, positions);
      long began = cpu.getCurrentThreadCpuTime();
      last = model.observe(seen);
      meters.show(last);
      millis[round] = (cpu.getCurrentThreadCpuTime() - began) / 1e6;
    }
    long held = usedBytes() - before;
    double[] warm = Arrays.copyOfRange(millis, ROUNDS / 2, ROUNDS);
    Arrays.sort(warm);
    System.out.printf(
        "refresh of %d groups x %d partitions: %.1f ms CPU in the middle, %.1f ms at p99, first"
            + " %.0f ms; %.1f MB held%n",
        GROUPS,
        PARTITIONS,
        warm[warm.length / 2],
        warm[warm.length * 99 / 100],
        millis[0],
        held / 1e6);

    assertThat(last.groups()).hasSize(GROUPS);
    assertThat(warm[warm.length / 2]).isLessThan(150);
    assertThat(held).isLessThan(128_000_000);
  }

  private static Offsets traffic(int round, Random random, long[] ends, long[] positions) {
    Map<TopicPartition, Long> end = new HashMap<>();
    Map<TopicPartition, Long> oldest = new HashMap<>();
    List<Group> groups = new ArrayList<>();
    for (int g = 0; g < GROUPS; g++) {
      Map<TopicPartition, Position> at = new HashMap<>();
      for (int p = 0; p < PARTITIONS; p++) {
        int i = g * PARTITIONS + p;
        ends[i] += random.nextInt(20) == 0 ? random.nextInt(500) : random.nextInt(30);
        positions[i] += random.nextLong(ends[i] - positions[i] + 1) / 3;
        var partition = new TopicPartition("topic-" + g, p);
        end.put(partition, ends[i]);
        oldest.put(partition, 0L);
        at.put(partition, Position.at(positions[i]));
      }
      groups.add(new Group("group-" + g, GroupKind.CONSUMER, "Stable", at));
    }
    return new Offsets(1_800_000_000_000L + round * 1_000L, end, oldest, groups);
  }

  private static long usedBytes() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
