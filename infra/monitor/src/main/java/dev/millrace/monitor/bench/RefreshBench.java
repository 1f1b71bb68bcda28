package dev.millrace.monitor.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.lag.LagMeters;
import dev.millrace.monitor.lag.LagMonitor;
import dev.millrace.monitor.lag.LagSettings;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.RetirementRule;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.Settings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What one refresh of the monitor costs: asking Kafka for all groups, lag and rates of every
 * partition, and their metrics. To be run in a JVM of its own, whose heap is the bound that is
 * measured. Arguments: Kafka's address, rounds. Prints a line, then the figures as JSON.
 */
public final class RefreshBench {

  private static final int WARM_UP = 20;
  private static final long EVERY_MILLIS = 500;

  private RefreshBench() {}

  public static void main(String[] args) throws InterruptedException {
    var settings = LagSettings.from(Settings.of(Map.of("millrace.monitor.groups", "bench-.*")));
    var kafka = new KafkaSettings(args[0], Map.of());
    int rounds = Integer.parseInt(args[1]);
    var meters = new LagMeters(new SimpleMeterRegistry(), "bench", settings.mostSeries());
    var cpu = ManagementFactory.getThreadMXBean();
    double[] wall = new double[rounds];
    double[] own = new double[rounds];
    LagSnapshot last = LagSnapshot.NOTHING;
    int calls = 0;
    try (var monitor = new LagMonitor(kafka, settings, List.of(), List.of(), RetirementRule.NONE)) {
      for (int round = -WARM_UP; round < rounds; round++) {
        long began = System.nanoTime();
        long beganCpu = cpu.getCurrentThreadCpuTime();
        last = monitor.refresh();
        meters.show(last);
        if (round >= 0) {
          own[round] = (cpu.getCurrentThreadCpuTime() - beganCpu) / 1e6;
          wall[round] = (System.nanoTime() - began) / 1e6;
          calls = Math.max(calls, monitor.questions());
        }
        Thread.sleep(EVERY_MILLIS);
      }
      print(last, wall, own, calls);
    }
  }

  private static void print(LagSnapshot seen, double[] wall, double[] own, int calls) {
    Arrays.sort(wall);
    Arrays.sort(own);
    long partitions =
        seen.groups().stream()
            .flatMap(group -> group.topics().stream())
            .mapToLong(topic -> topic.partitions().size())
            .sum();
    System.gc();
    var memory = ManagementFactory.getMemoryMXBean();
    double held = memory.getHeapMemoryUsage().getUsed() / 1e6;
    double bound = memory.getHeapMemoryUsage().getMax() / 1e6;
    System.out.printf(
        Locale.ROOT,
        "%d groups, %d partitions of groups: %.1f ms a refresh (median; 99 %%: %.1f), of it %.1f ms"
            + " CPU of our thread; at most %d questions to Kafka; %.1f MB held in a heap of %.0f"
            + " MB%n",
        seen.groups().size(),
        partitions,
        at(wall, 0.5),
        at(wall, 0.99),
        at(own, 0.5),
        calls,
        held,
        bound);
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("bench", "console");
    json.put("groups", seen.groups().size());
    json.put("group_partitions", partitions);
    json.put("lag", seen.groups().stream().mapToLong(group -> group.lag()).sum());
    json.put("refresh_p50_ms", at(wall, 0.5));
    json.put("refresh_p99_ms", at(wall, 0.99));
    json.put("refresh_cpu_p50_ms", at(own, 0.5));
    json.put("samples", wall.length);
    json.put("questions_most", calls);
    json.put("held_mb", held);
    json.put("heap_mb", bound);
    System.out.println(json);
  }

  private static double at(double[] sorted, double part) {
    double value = sorted[(int) Math.ceil(part * sorted.length) - 1];
    return Math.round(value * 10) / 10.0;
  }
}
