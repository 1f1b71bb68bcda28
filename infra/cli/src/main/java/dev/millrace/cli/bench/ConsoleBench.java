package dev.millrace.cli.bench;

import dev.millrace.cli.BenchSystem;
import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ModelsJvm;
import dev.millrace.devstack.DevStack;
import dev.millrace.devstack.DevStackOptions;
import dev.millrace.devstack.ServerKind;
import dev.millrace.devstack.StartupProgress;
import dev.millrace.runtime.KafkaSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The monitor's refresh over 200 groups of 50 partitions each, whose lag changes all the time, in a
 * JVM with a heap of 128 MB. Kafka is the only server.
 */
final class ConsoleBench {

  static final String NAME = "console";

  private static final String MAIN = "dev.millrace.monitor.bench.RefreshBench";
  private static final int GROUPS = 200;
  private static final int TOPICS = 20;
  private static final int PARTITIONS = 50;
  private static final int ROUNDS = Integer.getInteger("millrace.bench.rounds", 200);
  private static final int DEADLINE_SECONDS = 60;

  private final KafkaSettings kafka;
  private final Map<String, Long> written = new HashMap<>();

  private ConsoleBench(String bootstrap) {
    this.kafka = new KafkaSettings(bootstrap, Map.of());
  }

  static void run(Path folder) throws InterruptedException {
    try (var stack =
        DevStack.start(
            DevStackOptions.in(folder).withServers(EnumSet.of(ServerKind.KAFKA)),
            new StartupProgress() {})) {
      new ConsoleBench(stack.endpoints().kafkaBootstrap()).run();
    } catch (ExecutionException | TimeoutException | IOException e) {
      throw new CommandFailure("the benchmark of the console failed: " + e.getMessage(), e);
    } finally {
      BenchSystem.delete(folder);
    }
  }

  private void run()
      throws InterruptedException, ExecutionException, TimeoutException, IOException {
    try (var admin = Admin.create(kafka.admin("bench"));
        var producer =
            new KafkaProducer<>(
                kafka.producer("bench"), new ByteArraySerializer(), new ByteArraySerializer())) {
      List<NewTopic> topics = new ArrayList<>();
      for (int i = 0; i < TOPICS; i++) {
        topics.add(new NewTopic(topic(i), PARTITIONS, (short) 1));
      }
      admin.createTopics(topics).all().get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      System.out.printf("%d topics of %d partitions%n", TOPICS, PARTITIONS);
      write(producer);
      for (int group = 0; group < GROUPS; group++) {
        commit(admin, group);
      }
      System.out.printf("%d groups%n", GROUPS);
      ProcessBuilder watcher = ModelsJvm.of(MAIN, List.of(kafka.bootstrap(), "" + ROUNDS));
      watcher.command().add(1, "-Xmx128m");
      Process process = watcher.inheritIO().start();
      try {
        int group = 0;
        while (!process.waitFor(1, TimeUnit.SECONDS)) {
          write(producer);
          for (int i = 0; i < GROUPS / 10; i++) {
            commit(admin, group++ % GROUPS);
          }
        }
      } finally {
        process.destroy();
      }
      if (process.exitValue() != 0) {
        throw new CommandFailure("the monitor's JVM ended with status " + process.exitValue());
      }
    }
  }

  private static String topic(int number) {
    return "bench-topic-" + number % TOPICS;
  }

  /** Three records into every partition. */
  private void write(KafkaProducer<byte[], byte[]> producer) {
    for (int t = 0; t < TOPICS; t++) {
      for (int p = 0; p < PARTITIONS; p++) {
        for (int i = 0; i < 3; i++) {
          producer.send(new ProducerRecord<>(topic(t), p, null, new byte[10]));
        }
      }
      written.merge(topic(t), 3L, Long::sum);
    }
    producer.flush();
  }

  /** A group has read all but one record of every partition. */
  private void commit(Admin admin, int group)
      throws InterruptedException, ExecutionException, TimeoutException {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    for (int p = 0; p < PARTITIONS; p++) {
      offsets.put(
          new TopicPartition(topic(group), p),
          new OffsetAndMetadata(written.get(topic(group)) - 1));
    }
    admin
        .alterConsumerGroupOffsets("bench-group-" + group, offsets)
        .all()
        .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }
}
