package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class PolicyFollowerTest {

  private static final TorchRuntime TORCH = TorchRuntime.cpu();

  private PolicyLog log;
  private DecoderWeights weights;
  private final List<Long> taken = new CopyOnWriteArrayList<>();
  private final List<String> hashes = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open(Servers servers) {
    log = new PolicyLog(servers);
    weights = Models.random(Models.TINY, 1);
  }

  @AfterEach
  void close() {
    weights.close();
    log.close();
  }

  private void take(LoadedPolicy loaded) {
    try (loaded) {
      hashes.add(loaded.weights().sha256());
      taken.add(loaded.version());
    }
  }

  private PolicyFollower follower(PolicyFollower.Listener listener) {
    var follower = new PolicyFollower(log.context, TORCH, PolicyLog.POLICY, "worker-1", listener);
    follower.start();
    return follower;
  }

  private void publish(long version) {
    weights.get("model.norm.weight").muli(1.5f);
    log.publish(PolicyLog.POLICY, version, weights);
  }

  @Test
  void a_follower_adopts_what_is_published_with_the_weights_as_they_were() {
    try (var follower = follower(this::take)) {
      await()
          .atMost(PolicyLog.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(follower.health().describe())
                      .isEqualTo("starting: policy p has no version yet"));
      assertThat(follower.adopted()).isEqualTo(-1);

      publish(1);
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 1);
      publish(2);
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 2);

      assertThat(taken).containsExactly(1L, 2L);
      assertThat(hashes.getLast()).isEqualTo(weights.sha256());
      assertThat(follower.newest().map(PolicyVersion::getVersion)).contains(2L);
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.health().isReady());
    }
  }

  @Test
  void a_late_follower_loads_the_newest_version_only() {
    for (int version = 1; version <= 5; version++) {
      publish(version);
    }
    log.publish("another", 9, weights);

    try (var follower = follower(this::take)) {
      await().atMost(Duration.ofSeconds(5)).until(() -> follower.adopted() == 5);
      assertThat(taken).containsExactly(5L);
    }
  }

  @Test
  void versions_that_come_while_one_is_being_adopted_are_skipped_but_for_the_newest() {
    var adopting = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    PolicyFollower.Listener slow =
        loaded -> {
          take(loaded);
          adopting.countDown();
          awaitLatch(goOn);
        };
    publish(1);
    try (var follower = follower(slow)) {
      awaitLatch(adopting);
      publish(2);
      publish(3);
      publish(4);
      goOn.countDown();

      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 4);
      assertThat(taken).containsExactly(1L, 4L);
    }
  }

  @Test
  void a_version_that_cannot_be_loaded_leaves_the_old_one_and_is_tried_again() {
    publish(1);
    try (var follower = follower(this::take);
        var producer = log.producer()) {
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 1);
      PolicyVersion first = follower.newest().orElseThrow();
      producer.beginTransaction();
      manifest(producer, PolicyVersion.newBuilder(first).setVersion(2).build());
      producer.commitTransaction();

      await()
          .atMost(PolicyLog.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(follower.health().describe())
                      .startsWith(
                          "degraded: version 2 of policy p is not adopted, version 1 goes on: ")
                      .contains("the log holds 0 of its"));
      await()
          .atMost(PolicyLog.PATIENCE)
          .until(
              () ->
                  log.meters
                          .get("millrace_policy_adoption_failures")
                          .tag("reason", "truncated")
                          .counter()
                          .count()
                      >= 2);
      assertThat(follower.adopted()).isEqualTo(1);

      publish(3);
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 3);
      assertThat(follower.health()).isEqualTo(new StageHealth.Ready());
      assertThat(taken).containsExactly(1L, 3L);
    }
  }

  @Test
  void a_listener_that_fails_gets_the_version_again() {
    var fail = new AtomicBoolean(true);
    publish(1);
    PolicyFollower.Listener listener =
        loaded -> {
          if (fail.getAndSet(false)) {
            throw new IllegalStateException("no room yet");
          }
          take(loaded);
        };
    try (var follower = follower(listener)) {
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 1);
      assertThat(taken).containsExactly(1L);
    }
  }

  @Test
  void a_record_that_is_no_manifest_is_passed_over() {
    publish(1);
    try (var producer = log.producer()) {
      producer.beginTransaction();
      producer.send(
          new ProducerRecord<>(
              log.context.topics().policyVersions().name(),
              0,
              Keys.of(PolicyLog.POLICY, 2),
              new byte[] {1, 2, 3}));
      producer.commitTransaction();
    }
    publish(3);
    try (var follower = follower(this::take)) {
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 3);
    }
  }

  @Test
  void a_registry_that_is_away_is_named_and_waited_for(Servers servers) {
    publish(1);
    var settings =
        Settings.of(
            Map.of(
                "millrace.kafka.bootstrap",
                servers.endpoints().kafkaBootstrap(),
                "millrace.topics.prefix",
                log.context.topics().prefix(),
                "millrace.registry.urls",
                "http://127.0.0.1:1",
                "millrace.registry.deadline",
                "500ms"));
    var context = StageContext.of(settings, log.meters);
    try (var follower = new PolicyFollower(context, TORCH, PolicyLog.POLICY, "lost", this::take)) {
      follower.start();
      await()
          .atMost(PolicyLog.PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(follower.health().describe())
                      .startsWith("degraded: cannot follow policy p: "));
      assertThat(follower.newest()).isEmpty();
    }
  }

  @Test
  void meters_show_how_far_a_worker_is() {
    publish(1);
    publish(7);
    try (var follower = follower(this::take)) {
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 7);

      assertThat(gauge("millrace_policy_version_published")).isEqualTo(7);
      assertThat(gauge("millrace_policy_version_adopted")).isEqualTo(7);
      assertThat(gauge("millrace_policy_versions_behind")).isZero();
      assertThat(gauge("millrace_policy_age_seconds")).isBetween(0.0, 60.0);
      var adoption = log.meters.get("millrace_policy_adoption").timer();
      assertThat(adoption.count()).isEqualTo(1);
      assertThat(adoption.max(TimeUnit.SECONDS)).isBetween(0.0, 60.0);
      assertThat(log.meters.get("millrace_policy_publication").timer().count()).isEqualTo(2);
    }
    assertThat(log.meters.find("millrace_policy_version_adopted").gauge()).isNull();
  }

  @Test
  void a_follower_ends_within_seconds_even_while_it_loads() {
    try (var blocker = log.producer()) {
      blocker.beginTransaction();
      blocker.send(new ProducerRecord<>(log.weights().topic(), 0, new byte[1], new byte[1]));
      blocker.flush();
      publish(1); // not readable: the other transaction stands before it
      var follower = follower(this::take);
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.newest().isPresent());

      long start = System.nanoTime();
      follower.close();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(follower.health()).isEqualTo(new StageHealth.Stopped());
      assertThat(taken).isEmpty();
      blocker.abortTransaction();
    }
  }

  private double gauge(String name) {
    return log.meters.get(name).tag("worker", "worker-1").gauge().value();
  }

  private void manifest(
      org.apache.kafka.clients.producer.Producer<byte[], byte[]> producer, PolicyVersion manifest) {
    var topic = log.context.topics().policyVersions();
    var serde = new dev.millrace.contracts.AvroSerde<>(log.context.registry(), topic);
    producer.send(new ProducerRecord<>(topic.name(), 0, Keys.of(manifest), serde.write(manifest)));
  }

  private static void awaitLatch(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
