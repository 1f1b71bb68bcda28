package dev.millrace.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.devstack.ServerKind;
import dev.millrace.reward.function.RewardRegistry;
import dev.millrace.reward.profile.RewardProfiles;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class RewardStageTest {

  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<RewardStage> stages = new ArrayList<>();
  private StageContext context;
  private Admin admin;

  @BeforeEach
  void provision(Servers servers) {
    context =
        StageContext.of(
            Settings.of(
                Map.of(
                    "millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap(),
                    "millrace.registry.urls", servers.endpoints().registry().toString(),
                    "millrace.topics.prefix", servers.uniquePrefix(),
                    "millrace.topics.partitions", "1",
                    "millrace.reward.deadline", "500ms",
                    "millrace.reward.most-stuck", "2",
                    "millrace.reward.lanes", "1")),
            meters);
    admin = Admin.create(context.kafka().admin("test-admin"));
    new Provisioner(admin, context.registry(), Duration.ofSeconds(30)).provision(topics());
  }

  private List<Topic<?>> topics() {
    var topics = context.topics();
    return List.of(topics.samples(), topics.scoredSamples(), topics.deadLetters());
  }

  @AfterEach
  void close() {
    stages.forEach(RewardStage::close);
    admin.deleteTopics(topics().stream().map(Topic::name).toList());
    admin.close(Duration.ofSeconds(5));
  }

  private RewardStage start(RewardStage stage) {
    stages.add(stage);
    stage.start();
    return stage;
  }

  private RewardStage start(RewardProfiles profiles) {
    var settings = RewardSettings.from(context.settings(), context.topics().prefix());
    return start(new RewardStage(context, settings, profiles));
  }

  private void push(SampleGroup... groups) {
    var serde = new AvroSerde<>(context.registry(), context.topics().samples());
    byte[][] values = new byte[groups.length][];
    for (int i = 0; i < groups.length; i++) {
      values[i] = serde.write(groups[i]);
    }
    push(values);
  }

  private void push(byte[]... values) {
    try (var producer =
        new KafkaProducer<>(
            context.kafka().producer("test-in"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (byte[] value : values) {
        producer.send(new ProducerRecord<>(context.topics().samples().name(), value));
      }
      producer.flush();
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> read(Topic<?> topic) {
    var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    var partition = new TopicPartition(topic.name(), 0);
    try (var consumer =
        new KafkaConsumer<>(
            context.kafka().reader("test-out"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  /** Waits for {@code number} tasks and gives their results by task id. */
  private Map<String, ScoredGroup> scored(int number) {
    var serde = new AvroSerde<>(context.registry(), context.topics().scoredSamples());
    var found = new HashMap<String, ScoredGroup>();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              read(context.topics().scoredSamples())
                  .forEach(
                      r ->
                          found.put(
                              new String(r.key(), StandardCharsets.UTF_8), serde.read(r.value())));
              return found.size() >= number;
            });
    return found;
  }

  @Test
  void groups_come_out_scored_and_failed_ones_with_their_reason() {
    push(
        Groups.of("good", "numeric", "82", "82", "is 83", ""),
        Groups.of("unknown", "nope", "82", "82"),
        Groups.of("unanswered", "exact", null, "82"),
        Groups.failed("unsampled", "prompt-too-long"));
    push("not wire format".getBytes(StandardCharsets.UTF_8));
    start(RewardStage.of(context));

    var results = scored(4);
    ScoredGroup good = results.get("good");
    assertThat(good.getFailure()).isNull();
    assertThat(good.getScores()).extracting(s -> s.getTotal()).containsExactly(1.0, 0.0, 0.0);
    assertThat(good.getScores().getFirst().getComponents()).containsOnlyKeys("numeric");
    assertThat(good.getGroup().getSamples()).hasSize(3);
    assertThat(results.get("unknown").getFailure()).isEqualTo("unknown-reward-profile");
    assertThat(results.get("unanswered").getFailure()).isEqualTo("answer-missing");
    assertThat(results.get("unanswered").getScores()).isEmpty();
    assertThat(results.get("unsampled").getFailure()).isEqualTo("prompt-too-long");
    await().atMost(PATIENCE).until(() -> read(context.topics().deadLetters()).size() == 1);
    assertThat(read(context.topics().deadLetters()))
        .extracting(r -> DeadLetter.header(r.headers(), DeadLetter.REASON))
        .containsExactly("not-wire-format");
    assertThat(
            meters.get("millrace_reward_groups").tag("reason", "answer-missing").counter().count())
        .isEqualTo(1);
  }

  @Test
  void hanging_and_throwing_rewards_cost_their_own_groups_only() {
    var never = new CountDownLatch(1);
    var profiles =
        new ArrayList<>(
            List.of(
                GroupScorerTest.profile(
                    "sleeps",
                    i -> {
                      try {
                        never.await();
                      } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                      }
                      return 0;
                    }),
                GroupScorerTest.profile(
                    "throws",
                    i -> {
                      throw new IllegalStateException("broken");
                    })));
    var ours = RewardProfiles.load(RewardRegistry.load(), Optional.empty());
    profiles.add(ours.find("numeric").orElseThrow());
    start(new RewardProfiles(profiles));

    List<SampleGroup> groups = new ArrayList<>();
    groups.add(Groups.of("sleeps", "sleeps", null, "x"));
    groups.add(Groups.of("throws", "throws", null, "x"));
    IntStream.range(0, 20).forEach(i -> groups.add(Groups.of("t" + i, "numeric", "82", "82")));
    push(groups.toArray(SampleGroup[]::new));

    var results = scored(22);
    assertThat(results.get("sleeps").getFailure()).isEqualTo("reward-timeout");
    assertThat(results.get("throws").getFailure()).isEqualTo("reward-failed");
    assertThat(results.get("throws").getDetail()).contains("broken");
    assertThat(results.values()).filteredOn(g -> g.getFailure() == null).hasSize(20);
  }

  /**
   * A tenth of the groups asks a scorer that hangs, one that fails, one that talks nonsense and one
   * that is late. All others are done while the first still hangs, and it is soon left alone.
   */
  @Test
  void scorers_that_hang_fail_talk_nonsense_or_are_late_cost_their_own_groups_only(
      @TempDir Path folder) throws Exception {
    try (var scorers = new BadScorers(600)) {
      Path profiles =
          scorers.profiles(folder, ", \"timeout-ms\": 200, \"attempts\": 1, \"failures\": 3");
      start(RewardProfiles.load(RewardRegistry.load(), Optional.of(profiles)));
      List<SampleGroup> groups = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        String profile = i % 10 == 0 ? BadScorers.KINDS.get(i / 10 % 4) : "numeric";
        groups.add(Groups.of(profile + "/" + i, profile, "82", "82"));
      }
      push(groups.toArray(SampleGroup[]::new));
      await()
          .atMost(PATIENCE)
          .until(
              () -> scored(0).values().stream().filter(g -> g.getFailure() == null).count() == 360);
      assertThat(scorers.calls("hangs")).as("it was asked").isPositive();

      Map<String, ScoredGroup> results = scored(400);
      Map<String, Set<String>> reasons = new TreeMap<>();
      results.forEach(
          (task, group) ->
              reasons
                  .computeIfAbsent(task.split("/")[0], kind -> new TreeSet<>())
                  .add(String.valueOf(group.getFailure())));
      assertThat(reasons.remove("numeric")).containsExactly("null");
      assertThat(reasons.get("hangs")).contains("scorer-timeout", "scorer-resting");
      assertThat(reasons.get("late")).contains("scorer-timeout", "scorer-resting");
      assertThat(reasons.get("fails")).contains("scorer-status", "scorer-resting");
      assertThat(reasons.get("nonsense")).contains("scorer-nonsense");
      reasons.values().forEach(some -> assertThat(some).doesNotContain("null"));
      // Three failures in a row and it rests; groups that were under way then make some more.
      assertThat(scorers.calls("hangs")).isLessThan(10);
      assertThat(scorers.calls("late")).isLessThan(10);
    }
  }

  @Test
  void worker_full_of_endless_rewards_says_so_and_leaves_its_groups_to_others() {
    var stop = new CountDownLatch(1);
    var endless =
        GroupScorerTest.profile(
            "endless",
            i -> {
              while (stop.getCount() > 0) {
                Thread.onSpinWait();
                java.util.concurrent.locks.LockSupport.parkNanos(1_000_000); // deaf to interrupts
              }
              return 0;
            });
    var ours = RewardProfiles.load(RewardRegistry.load(), Optional.empty());
    var numeric = ours.find("numeric").orElseThrow();
    var full = start(new RewardProfiles(List.of(endless, numeric)));
    try {
      push(Groups.of("e1", "endless", null, "x"), Groups.of("e2", "endless", null, "x"));
      assertThat(scored(2).values())
          .extracting(ScoredGroup::getFailure)
          .containsOnly("reward-timeout");
      push(Groups.of("after", "numeric", "82", "82"));
      await()
          .atMost(PATIENCE)
          .until(() -> full.health().describe().contains("hang and cannot be stopped"));
      full.close();
      start(ours);
      assertThat(scored(3).get("after").getFailure()).isNull();
    } finally {
      stop.countDown();
    }
  }

  @Test
  void more_workers_than_partitions_score_every_group_once() {
    for (int i = 0; i < 3; i++) {
      start(RewardStage.of(context));
    }
    push(
        IntStream.range(0, 100)
            .mapToObj(i -> Groups.of("t" + i, "numeric", "" + i, "is " + i))
            .toArray(SampleGroup[]::new));
    var results = scored(100);
    assertThat(results.values()).allMatch(g -> g.getScores().getFirst().getTotal() == 1);
    stages.forEach(stage -> assertThat(stage.drain(Duration.ofSeconds(20))).isTrue());
    assertThat(read(context.topics().scoredSamples())).hasSize(100);
  }
}
