package dev.millrace.rollout;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

/**
 * How many small tasks a second one worker answers, and which threads pay for it. Not run by
 * default: {@code -Dtest=RolloutBench}.
 */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class RolloutBench {

  private static final int BATCH = 64;

  @Test
  void small_tasks(Servers servers) {
    for (String shape : System.getProperty("bench.shapes", "4x16,2x32,1x64,8x8").split(",")) {
      String[] numbers = shape.split("x");
      var settings =
          Map.of(
              "millrace.rollout.lanes",
              numbers[0],
              "millrace.rollout.records",
              numbers[1],
              "millrace.rollout.slots",
              "512",
              "millrace.topics.partitions",
              "4");
      try (var installation = new Installation(servers, settings);
          DecoderWeights weights = weights()) {
        System.out.println(shape + ": " + run(installation, weights));
      }
    }
  }

  private static DecoderWeights weights() {
    DecoderConfig config =
        DecoderConfig.llama(TinyPolicy.ALPHABET.length() + 2, 64, 3, 4, 2, 176, 16);
    return TinyPolicy.weights(config, 1);
  }

  private static String run(Installation installation, DecoderWeights weights) {
    var meters = new SimpleMeterRegistry();
    installation.start(meters);
    var topic = installation.context().topics().samples();
    var serde = new AvroSerde<>(installation.context().registry(), topic);
    try (var consumer =
        new KafkaConsumer<>(
            installation.context().kafka().reader("bench-out"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      consumer
          .partitionsFor(topic.name())
          .forEach(p -> partitions.add(new TopicPartition(p.topic(), p.partition())));
      consumer.assign(partitions);
      installation.step(1, weights, tasks(0));
      installation.issue(tasks(1));
      int issued = 2;
      int answered = 0;
      long latency = 0;
      long begun = 0;
      int before = 0;
      Map<String, Long> cpu = Map.of();
      int goal = Integer.getInteger("bench.tasks", 10_000);
      while (answered < goal + before) {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          SampleGroup group = serde.read(record.value());
          answered++;
          latency += group.getFinishedAt() - group.getTask().getIssuedAt();
          if (answered % BATCH == 0) {
            installation.issue(tasks(issued++));
          }
        }
        if (begun == 0 && answered > 2_000) {
          begun = System.nanoTime();
          before = answered;
          latency = 0;
          cpu = cpu();
        }
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      var spent = new TreeMap<String, String>();
      Map<String, Long> last = cpu;
      cpu()
          .forEach(
              (name, nanos) -> {
                double part = (nanos - last.getOrDefault(name, 0L)) / 1e9 / seconds;
                if (part > 0.005) {
                  spent.put(name, "%.3f".formatted(part));
                }
              });
      return "%.0f tasks/s, %.1f ms from issue to answer, idle %.2f, CPU of threads %s"
          .formatted(
              (answered - before) / seconds,
              (double) latency / (answered - before),
              meters.get("millrace_rollout_idle_fraction").gauge().value(),
              spent);
    }
  }

  private static List<RolloutTask> tasks(int batch) {
    List<RolloutTask> tasks = Tasks.many(BATCH, 1);
    for (RolloutTask task : tasks) {
      task.setTaskId(batch + "/" + task.getTaskId());
      task.setGroupSize(8);
      task.getSampling().setMaxTokens(5);
    }
    return tasks;
  }

  /** CPU time by kind of thread. Virtual threads are counted as their carriers. */
  private static Map<String, Long> cpu() {
    var bean = ManagementFactory.getThreadMXBean();
    Map<String, Long> sums = new TreeMap<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      long nanos = bean.getThreadCpuTime(thread.threadId());
      sums.merge(thread.getName().replaceAll("[0-9]+", "N"), Math.max(0, nanos), Long::sum);
    }
    long all =
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
            .getProcessCpuTime();
    sums.put("(process)", all);
    ProcessHandle.current()
        .descendants()
        .forEach(
            child ->
                sums.merge(
                    child.info().commandLine().orElse("").contains("KafkaMain")
                        ? "(broker)"
                        : "(registry)",
                    child.info().totalCpuDuration().orElse(Duration.ZERO).toNanos(),
                    Long::sum));
    return sums;
  }
}
