package dev.millrace.monitor.action;

import static dev.millrace.monitor.MonitorFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.devstack.ServerKind;
import dev.millrace.monitor.MonitorFixture;
import dev.millrace.monitor.MonitorStage;
import dev.millrace.monitor.alarm.AlarmKind;
import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.stream.StageView;
import dev.millrace.runtime.ConsumerLoop;
import dev.millrace.runtime.DeadLetters;
import dev.millrace.runtime.ShareLoop;
import dev.millrace.runtime.ShareSettings;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.control.Gate;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.common.GroupState;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Stages that are paused and go on: over real loops, real groups and the real monitor. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class StageSwitchTest {

  private static final Actor ANNA = new Actor("anna", "console");

  private final Servers servers;
  private final MonitorFixture fixture;

  /** Of the process that works, which is another than the monitor's. */
  private final StageContext worker;

  private final MonitorStage monitor;
  private final DeadLetters deadLetters;
  private final List<String> done = new CopyOnWriteArrayList<>();
  private AutoCloseable loop = () -> {};

  StageSwitchTest(Servers servers) {
    this.servers = servers;
    fixture = MonitorFixture.provisioned(servers.endpoints(), servers.uniquePrefix());
    worker = another();
    monitor = new MonitorStage(another());
    monitor.start();
    deadLetters =
        new DeadLetters(worker.kafka(), worker.topics().deadLetters(), "dead", worker.meters());
    worker.controls().start();
  }

  private StageContext another() {
    return MonitorFixture.context(
        servers.endpoints().kafkaBootstrap(),
        servers.endpoints().registry().toString(),
        fixture.prefix);
  }

  @AfterEach
  void close() throws Exception {
    loop.close();
    deadLetters.close();
    worker.controls().close();
    monitor.close();
    monitor.context().controls().close();
    fixture.close();
  }

  private static ConditionFactory soon() {
    return Awaitility.await().atMost(Duration.ofSeconds(40));
  }

  private static Topic<byte[]> raw(Topic<?> topic) {
    return new Topic<>(topic.name(), byte[].class, topic.settings());
  }

  private void push(Topic<?> topic, int from, int to) {
    IntStream.range(from, to)
        .forEach(i -> fixture.write(topic.name(), bytes("k" + i), bytes("v" + i)));
  }

  private StageView view(String stage) {
    return monitor.stream().stages().stream()
        .filter(view -> view.name().equals(stage))
        .findFirst()
        .orElseThrow();
  }

  private List<String> alarms() {
    return monitor.alarms().standing().stream()
        .filter(alarm -> alarm.finding().kind() == AlarmKind.STAGE_PAUSED)
        .map(alarm -> alarm.finding().sentence())
        .toList();
  }

  private String embedGroup() {
    return fixture.prefix + "millrace-embed-1";
  }

  private void startEmbed() {
    Map<String, Object> config = worker.kafka().consumer("embed", embedGroup());
    config.put("max.poll.records", 5);
    config.put("max.poll.interval.ms", 6_000);
    config.put("session.timeout.ms", 6_000);
    var embed =
        new ConsumerLoop<byte[]>(
            "embed",
            worker,
            config,
            raw(worker.topics().chunks()),
            bytes -> bytes,
            batch -> batch.forEach(delivery -> done.add(delivery.key())),
            deadLetters);
    loop = embed;
    embed.start();
  }

  @Test
  void paused_consumer_stays_in_its_group_while_lag_grows_and_goes_on_where_it_was()
      throws Exception {
    startEmbed();
    push(worker.topics().chunks(), 0, 20);
    soon().until(() -> done.size() == 20);

    monitor.stages().pause("embed", "the index moves", ANNA);
    Gate gate = worker.controls().gate("embed");
    soon().until(() -> !gate.isOpen());
    Awaitility.await().pollDelay(Duration.ofSeconds(1)).until(() -> true); // a poll under way
    push(worker.topics().chunks(), 20, 50);

    soon().until(() -> view("embed").lag() == 30 && view("embed").lagSeconds() > 7);
    assertThat(done).as("longer than max.poll.interval.ms").hasSize(20);
    var group =
        fixture
            .admin
            .describeConsumerGroups(List.of(embedGroup()))
            .describedGroups()
            .get(embedGroup())
            .get();
    assertThat(group.groupState()).isEqualTo(GroupState.STABLE);
    assertThat(group.members()).hasSize(1);
    assertThat(view("embed").paused().orElseThrow().describe())
        .startsWith("paused by anna since ")
        .endsWith(": the index moves");
    assertThat(view("preprocess").paused()).isEmpty();
    assertThat(alarms())
        .singleElement()
        .asString()
        .contains("embed is paused by anna", "30 records");
    assertThat(monitor.context().meters().get("millrace_stage_paused").tag("stage", "embed"))
        .satisfies(meter -> assertThat(meter.gauge().value()).isEqualTo(1));

    monitor.stages().resume("embed", ANNA);

    soon().until(() -> done.size() == 50);
    assertThat(done).doesNotHaveDuplicates();
    soon().until(() -> alarms().isEmpty() && view("embed").lag() == 0);
  }

  @Test
  void paused_share_group_finishes_what_it_holds_and_costs_no_record_a_delivery() {
    var topic = worker.topics().rolloutTasks();
    var group = fixture.prefix + "rollout-workers";
    var holding = new CountDownLatch(2);
    var finish = new CountDownLatch(1);
    var rollout =
        new ShareLoop<byte[]>(
            "rollout",
            worker,
            new ShareSettings(group, 1, 2, Duration.ofSeconds(3), 5, Duration.ofMinutes(1)),
            raw(topic),
            bytes -> bytes,
            delivery -> {
              holding.countDown();
              finish.await();
              done.add(delivery.key() + " delivery " + delivery.deliveryCount());
            },
            deadLetters);
    loop = rollout;
    rollout.start();
    push(topic, 0, 2);
    soon().until(() -> holding.getCount() == 0);

    monitor.stages().pause("rollout", "", ANNA);
    soon().until(() -> !worker.controls().gate("rollout").isOpen());
    finish.countDown();
    soon().until(() -> done.size() == 2);
    push(topic, 2, 12);
    soon()
        .until(
            () ->
                monitor.lag().newest().group(group).map(GroupLag::lag).orElse(0L) == 10
                    && view("rollout").lagSeconds() > 4);
    assertThat(done).as("longer than the lock of its records").hasSize(2);
    assertThat(alarms()).singleElement().asString().contains("rollout is paused by anna");

    monitor.stages().resume("rollout", ANNA);

    soon().until(() -> done.size() == 12);
    assertThat(done)
        .allSatisfy(one -> assertThat(one).endsWith("delivery 1"))
        .doesNotHaveDuplicates();
  }

  @Test
  void pause_outlives_the_process_and_leaves_who_ordered_it_in_the_log() {
    monitor.stages().pause("learner", " reads samples ", ANNA);
    monitor.stages().pause("reward", "", ANNA);
    monitor.stages().resume("reward", new Actor("ben", "command-line"));

    StageContext restarted = another();
    Gate learner = restarted.controls().gate("learner");
    assertThat(learner.isOpen()).as("in a process that does not listen").isTrue();
    restarted.controls().start();
    try {
      assertThat(learner.isOpen()).as("before the orders are known").isFalse();
      soon().until(() -> restarted.controls().isKnown());
      assertThat(learner.isOpen()).isFalse();
      assertThat(restarted.controls().pause("learner").orElseThrow().reason())
          .isEqualTo("reads samples");
      assertThat(restarted.controls().gate("reward").isOpen()).isTrue();
      assertThat(restarted.controls().gate("embed").isOpen()).isTrue();
    } finally {
      restarted.controls().close();
    }
    assertThat(monitor.letters().log().newest(10))
        .extracting(
            action -> action.getKind().name(), OperatorAction::getSubject, OperatorAction::getActor)
        .containsExactly(
            tuple("RESUME", "reward", "ben"),
            tuple("PAUSE", "reward", "anna"),
            tuple("PAUSE", "learner", "anna"));
  }

  @Test
  void what_cannot_wait_in_the_log_cannot_be_paused() {
    assertThatThrownBy(() -> monitor.stages().pause("serving", "", ANNA))
        .hasMessageContaining("no stage 'serving' can be paused")
        .hasMessageContaining("preprocess, embed, rollout, reward, learner");
    assertThat(monitor.letters().log().newest(10)).isEmpty();
  }
}
