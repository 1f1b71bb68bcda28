package dev.millrace.monitor.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.devstack.ServerKind;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a real Kafka, with groups whose lag is known. */
@WithServers(ServerKind.KAFKA)
class LagMonitorKafkaTest {

  private final KafkaSettings kafka;
  private final String prefix;
  private final Admin admin;
  private LagMonitor monitor;

  LagMonitorKafkaTest(Servers servers) {
    kafka = new KafkaSettings(servers.endpoints().kafkaBootstrap(), Map.of());
    prefix = servers.uniquePrefix();
    admin = Admin.create(kafka.admin("test"));
  }

  @BeforeEach
  void monitor() {
    monitor = monitor(Duration.ofMillis(500), List.of());
  }

  private LagMonitor monitor(Duration interval, List<ExpectedReader> expected) {
    var settings =
        new LagSettings(
            interval,
            Duration.ofSeconds(5),
            Pattern.compile(prefix + ".*"),
            100,
            1_000,
            Duration.ofSeconds(10));
    return new LagMonitor(
        kafka, settings, List.of(prefix + "topic"), expected, RetirementRule.NONE);
  }

  @AfterEach
  void close() {
    monitor.close();
    admin.close(Duration.ofSeconds(1));
  }

  private String topic(int partitions) throws Exception {
    String topic = prefix + "topic";
    admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    return topic;
  }

  private KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(kafka.producer("test"));
    config.putAll(more);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private void write(String topic, int records) throws Exception {
    try (var producer = producer(Map.of())) {
      for (int i = 0; i < records; i++) {
        producer.send(new ProducerRecord<>(topic, i % 2, null, new byte[10]));
      }
    }
  }

  private void commit(String group, String topic, long... offsets) throws Exception {
    Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
    for (int i = 0; i < offsets.length; i++) {
      positions.put(new TopicPartition(topic, i), new OffsetAndMetadata(offsets[i]));
    }
    admin.alterConsumerGroupOffsets(group, positions).all().get();
  }

  private TopicLag lag(String group, String topic) {
    return monitor.newest().lag(group, topic).orElseThrow();
  }

  private void awaitSeen(String group, long lag) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(15))
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(() -> lag(group, prefix + "topic").lag() == lag);
  }

  @Test
  void consumer_that_stands_still_for_a_known_time_lags_by_that_time_after_idleness_too()
      throws Exception {
    String topic = topic(2);
    String group = prefix + "slow";
    write(topic, 20);
    commit(group, topic, 10, 10);
    monitor.start();
    awaitSeen(group, 0);
    Awaitility.await() // idle
        .pollDelay(Duration.ofSeconds(4))
        .until(() -> lag(group, topic).seconds() == 0);

    long written = System.nanoTime();
    write(topic, 6);
    awaitSeen(group, 6);
    for (int i = 0; i < 3; i++) {
      int waited = i * 2;
      Awaitility.await()
          .pollDelay(Duration.ofSeconds(2))
          .untilAsserted(() -> assertThat(lag(group, topic).seconds()).isGreaterThan(waited));
      double truth =
          (System.nanoTime() - written) / 1e9
              - (System.currentTimeMillis() - monitor.newest().at()) / 1e3;
      assertThat(lag(group, topic).seconds()).isCloseTo(truth, within(Math.max(1, truth * 0.05)));
    }

    assertThat(lag(group, topic).stuck()).isTrue();
    commit(group, topic, 13, 13);
    awaitSeen(group, 0);
    assertThat(lag(group, topic).seconds()).isZero();
    assertThat(lag(group, topic).stuck()).isFalse();
  }

  @Test
  void age_of_what_was_written_before_the_first_look_is_asked_for() throws Exception {
    String topic = topic(2);
    String group = prefix + "old";
    long hour = 3_600_000;
    long now = System.currentTimeMillis();
    try (var producer = producer(Map.of())) {
      for (long age : List.of(5 * hour, 3 * hour, 2 * hour, hour)) {
        producer.send(new ProducerRecord<>(topic, 0, now - age, null, new byte[10]));
      }
    }
    commit(group, topic, 1);

    LagSnapshot snapshot = monitor.refresh();
    for (int i = 0; i < 40 && !monitor.knowsThePast(); i++) {
      snapshot = monitor.refresh();
    }

    TopicLag lag = snapshot.lag(group, topic).orElseThrow();
    assertThat(lag.atLeast()).isFalse();
    assertThat(lag.seconds()).isCloseTo(3 * 3_600, within(3 * 3_600 * 0.05));
  }

  @Test
  void marker_behind_a_transaction_is_no_lag_but_an_open_record_is() throws Exception {
    String topic = topic(2);
    String group = prefix + "plain";
    String behind = prefix + "behind";
    try (var producer = producer(Map.of("transactional.id", prefix + "tx"))) {
      producer.initTransactions();
      producer.beginTransaction();
      for (int i = 0; i < 5; i++) {
        producer.send(new ProducerRecord<>(topic, 0, null, new byte[10]));
      }
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, 0, null, new byte[10]));
      producer.flush();
      producer.abortTransaction();
    }
    commit(group, topic, 5); // as consumers do: the offset behind the last record
    commit(behind, topic, 4);
    monitor.start();

    awaitSeen(group, 0);
    assertThat(lag(group, topic).partitions().getFirst().end()).isEqualTo(8);
    assertThat(lag(group, topic).partitions().getFirst().position()).isEqualTo(5);
    assertThat(lag(behind, topic).lag()).isPositive();
    write(topic, 1);
    awaitSeen(group, 1);
  }

  @Test
  void share_group_is_shown_like_any_other() throws Exception {
    String topic = topic(2);
    String group = prefix + "share";
    var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
    admin
        .incrementalAlterConfigs(
            Map.of(
                resource,
                Stream.of(
                        "share.auto.offset.reset=earliest", "share.isolation.level=read_committed")
                    .map(pair -> pair.split("="))
                    .map(pair -> new ConfigEntry(pair[0], pair[1]))
                    .map(entry -> new AlterConfigOp(entry, AlterConfigOp.OpType.SET))
                    .toList()))
        .all()
        .get();
    try (var producer = producer(Map.of("transactional.id", prefix + "tx"))) {
      producer.initTransactions();
      producer.beginTransaction();
      for (int i = 0; i < 10; i++) {
        producer.send(new ProducerRecord<>(topic, 0, null, new byte[10]));
      }
      producer.commitTransaction();
    }
    Map<String, Object> config = kafka.client("test");
    config.put("group.id", group);
    config.put("max.poll.records", 4);
    config.put("share.acquire.mode", "record_limit");
    config.put("share.acknowledgement.mode", "explicit");
    monitor.start();
    try (var consumer =
        new KafkaShareConsumer<>(
            config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(topic));
      int[] taken = {0};
      while (taken[0] < 4) {
        consumer
            .poll(Duration.ofMillis(500))
            .forEach(
                record -> {
                  consumer.acknowledge(record);
                  taken[0]++;
                });
      }
      consumer.commitSync();
      int first = taken[0];
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .untilAsserted(
              () -> assertThat(lag(group, topic).lag()).isBetween(10L - first, 11L - first));
      assertThat(monitor.newest().group(group).orElseThrow().kind()).isEqualTo(GroupKind.SHARE);
      while (taken[0] < 10) {
        consumer
            .poll(Duration.ofMillis(500))
            .forEach(
                record -> {
                  consumer.acknowledge(record);
                  taken[0]++;
                });
      }
      consumer.commitSync();
    }
    awaitSeen(group, 0);
  }

  @Test
  void stage_that_never_started_lags_by_everything_it_should_read() throws Exception {
    String topic = topic(2);
    write(topic, 7);
    monitor.close();
    monitor =
        monitor(
            Duration.ofSeconds(1),
            List.of(new ExpectedReader(prefix + "absent", GroupKind.CONSUMER, topic)));

    GroupLag lag = monitor.refresh().group(prefix + "absent").orElseThrow();

    assertThat(lag.lag()).isEqualTo(7);
    assertThat(lag.state()).isEqualTo("Missing");
  }

  @Test
  void kafka_that_is_away_is_said_and_not_fatal() {
    var away =
        new KafkaSettings(
            "127.0.0.1:1", Map.of("default.api.timeout.ms", "300", "request.timeout.ms", "200"));
    var settings =
        new LagSettings(
            Duration.ofMillis(200),
            Duration.ofSeconds(5),
            Pattern.compile(".*"),
            100,
            100,
            Duration.ofMillis(500));
    try (var lost = new LagMonitor(away, settings, List.of("x"), List.of(), RetirementRule.NONE)) {
      lost.start();
      Awaitility.await()
          .until(() -> lost.health().describe().startsWith("degraded: Kafka does not tell"));
    }
  }

  @Test
  void two_hundred_groups_of_fifty_partitions_are_asked_for_in_four_calls() throws Exception {
    String topic = topic(50);
    long[] offsets = new long[50];
    for (int i = 0; i < 200; i++) {
      commit(prefix + "group-" + i, topic, offsets);
    }
    var settings =
        new LagSettings(
            Duration.ofSeconds(1),
            Duration.ofMinutes(2),
            Pattern.compile(prefix + ".*"),
            1_000,
            20_000,
            Duration.ofSeconds(20));
    var reader = new OffsetReader(admin, settings, List.of(topic));
    var model = new LagModel(settings.patience(), List.of(), RetirementRule.NONE);
    for (int i = 0; i < 3; i++) {
      LagSnapshot snapshot = model.observe(reader.read());
      assertThat(snapshot.groups()).hasSize(200);
      assertThat(snapshot.groups().getLast().topics().getFirst().partitions()).hasSize(50);
      // The first also asks for our topics and for the oldest offsets, which change seldom.
      assertThat(reader.calls()).isLessThanOrEqualTo(i == 0 ? 5 : 3);
    }
  }
}
