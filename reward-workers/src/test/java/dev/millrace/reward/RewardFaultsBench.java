package dev.millrace.reward;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.devstack.ServerKind;
import dev.millrace.reward.function.RewardRegistry;
import dev.millrace.reward.profile.RewardProfiles;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a tenth of the groups costs the others when their scorer is bad: groups come at a steady
 * rate, and those of the other nine tenths are counted as they come out. Scorers have the default
 * deadlines. Not run by default: {@code -Dtest=RewardFaultsBench}; options are the system
 * properties bench.rate (40 a second) and bench.seconds (30).
 */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class RewardFaultsBench {

  private final int rate = Integer.getInteger("bench.rate", 40);
  private final int seconds = Integer.getInteger("bench.seconds", 30);

  @Test
  void a_tenth_with_a_bad_scorer(Servers servers, @TempDir Path folder) throws Exception {
    List<String> kinds = Stream.concat(Stream.of("numeric"), BadScorers.KINDS.stream()).toList();
    for (String kind : kinds) {
      try (var scorers = new BadScorers(5_000)) {
        System.out.printf("%-9s %s%n", kind, run(servers, kind, scorers.profiles(folder, "")));
      }
    }
  }

  private String run(Servers servers, String kind, Path profiles) {
    var context =
        StageContext.of(
            Settings.of(
                Map.of(
                    "millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap(),
                    "millrace.registry.urls", servers.endpoints().registry().toString(),
                    "millrace.topics.prefix", servers.uniquePrefix())),
            new SimpleMeterRegistry());
    var topics = context.topics();
    try (Admin admin = Admin.create(context.kafka().admin("bench"))) {
      new Provisioner(admin, context.registry(), Duration.ofSeconds(30))
          .provision(List.of(topics.samples(), topics.scoredSamples(), topics.deadLetters()));
    }
    var settings = RewardSettings.from(context.settings(), topics.prefix());
    var loaded = RewardProfiles.load(RewardRegistry.load(), Optional.of(profiles));
    var samples = new AvroSerde<>(context.registry(), topics.samples());
    try (var stage = new RewardStage(context, settings, loaded);
        var in =
            new KafkaProducer<>(
                context.kafka().producer("bench-in"),
                new ByteArraySerializer(),
                new ByteArraySerializer());
        var out =
            new KafkaConsumer<>(
                context.kafka().reader("bench-out"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      stage.start();
      out.assign(
          out.partitionsFor(topics.scoredSamples().name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList());
      out.seekToBeginning(out.assignment());
      return count(kind, samples, topics.samples().name(), in, out, context);
    }
  }

  private String count(
      String kind,
      AvroSerde<SampleGroup> samples,
      String topic,
      KafkaProducer<byte[], byte[]> in,
      KafkaConsumer<byte[], byte[]> out,
      StageContext context) {
    var scored = new AvroSerde<>(context.registry(), context.topics().scoredSamples());
    List<Long> waits = new ArrayList<>();
    long begin = System.nanoTime();
    int all = rate * seconds;
    int sent = 0;
    int good = 0;
    int done = 0;
    int inTime = 0;
    while (done < all) {
      long now = System.nanoTime() - begin;
      for (; sent < all && sent < now * rate / 1_000_000_000L; sent++) {
        SampleGroup group = Groups.of("g" + sent, sent % 10 == 0 ? kind : "numeric", "82", "82");
        group.setFinishedAt(System.currentTimeMillis());
        in.send(new ProducerRecord<>(topic, samples.write(group)));
        good += sent % 10 == 0 ? 0 : 1;
      }
      for (var record : out.poll(Duration.ofMillis(5))) {
        ScoredGroup group = scored.read(record.value());
        done++;
        if (!group.getGroup().getTask().getTaskId().endsWith("0")) {
          waits.add(group.getScoredAt() - group.getGroup().getFinishedAt());
          inTime += now <= (seconds + 1) * 1_000_000_000L ? 1 : 0;
        }
      }
      LockSupport.parkNanos(1_000_000);
    }
    waits.sort(null);
    return "%.3f of the other groups out in time; their wait p50 %d ms, p99 %d ms, longest %d ms"
        .formatted(
            inTime / (double) good,
            waits.get(waits.size() / 2),
            waits.get(waits.size() * 99 / 100),
            waits.getLast());
  }
}
