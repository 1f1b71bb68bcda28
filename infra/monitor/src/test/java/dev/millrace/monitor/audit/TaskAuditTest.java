package dev.millrace.monitor.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.devstack.ServerKind;
import dev.millrace.monitor.fixture.LogFixture;
import dev.millrace.monitor.fixture.RunStory;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Sound logs add up; logs that were spoilt in one place are found out. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TaskAuditTest {

  private static final AuditLimits QUICK =
      new AuditLimits(Duration.ofSeconds(60), Duration.ZERO, 3);

  private final Servers servers;
  private final LogFixture log;
  private final AtomicInteger runs = new AtomicInteger();

  /** Of the test: all tests share the topics. */
  private String run;

  TaskAuditTest(Servers servers) {
    this.servers = servers;
    this.log = emptyLog();
  }

  private LogFixture emptyLog() {
    var fresh = new LogFixture(servers);
    var topics = fresh.context().topics();
    fresh.create(
        List.<Topic<?>>of(topics.trainingLedger(), topics.rolloutTasks(), topics.scoredSamples()));
    return fresh;
  }

  @BeforeEach
  void nameRun() {
    run = "run" + runs.incrementAndGet();
  }

  @AfterAll
  void close() {
    log.close();
  }

  private TaskReport audit() {
    return audit(log, Optional.of(run));
  }

  private static TaskReport audit(LogFixture log, Optional<String> run) {
    return new TaskAudit(log.context(), run, QUICK).run(AuditProgress.SILENT);
  }

  private RunStory sound() {
    return new RunStory(log, run, 1).writeGroups();
  }

  @Test
  void a_sound_run_adds_up() {
    sound().writeRest();

    TaskReport report = audit();

    assertThat(report.findings().listed()).isEmpty();
    assertThat(report.addsUp()).isTrue();
    RunReport account = report.runs().getFirst();
    assertThat(account.run()).isEqualTo(run);
    assertThat(account.issued()).isEqualTo(9);
    assertThat(account.trained()).isEqualTo(4);
    assertThat(account.filtered()).containsOnly(Map.entry("zero-variance", 1L));
    assertThat(account.expired()).containsOnly(Map.entry("deadline", 1L));
    assertThat(account.failed()).containsOnly(Map.entry("reward-timeout", 1L));
    assertThat(account.evaluated()).isEqualTo(1);
    assertThat(account.open()).isEqualTo(1);
    assertThat(account.lastStep()).isEqualTo(4);
    assertThat(account.updates()).isEqualTo(3);
    assertThat(account.firstVersion()).isEqualTo(1);
    assertThat(account.lastVersion()).isEqualTo(4);
    assertThat(account.samples()).isEqualTo(8);
    assertThat(account.mostStale()).isEqualTo(1);
    assertThat(account.meanStaleness()).isEqualTo(0.5);
    assertThat(account.maxStaleness()).hasValue(1);
    assertThat(account.ended()).isFalse();
  }

  static Stream<Arguments> spoilt() {
    return Stream.of(
        spoilt("missing_task", "not-published", "2/0", s -> s.tasks.removeIf(is(s, "2/0"))),
        spoilt(
            "task_that_no_step_issued",
            "not-in-ledger",
            "1/7",
            s -> s.tasks.add(s.task("1/7", 1, 2))),
        spoilt(
            "task_published_twice",
            "published-twice",
            "0/1",
            s -> s.tasks.add(s.task("0/1", 0, 1))),
        spoilt(
            "task_of_another_step",
            "wrong-step",
            "0/1",
            s -> s.tasks.stream().filter(is(s, "0/1")).forEach(task -> task.setStep(2))),
        spoilt(
            "task_issued_twice",
            "issued-twice",
            "0/2",
            s -> s.step(2).getIssued().add(s.id("0/2"))),
        spoilt(
            "double_training",
            "resolved-twice",
            "0/0",
            s -> s.step(4).getGroups().add(s.outcome("0/0"))),
        spoilt(
            "trained_after_it_expired",
            "resolved-twice",
            "1/1",
            s -> s.step(4).getGroups().add(outcome(s, "1/1", TaskOutcome.TRAINED))),
        spoilt(
            "outcome_of_an_unknown_task",
            "resolved-but-not-issued",
            "9/9",
            s -> s.step(4).getGroups().add(outcome(s, "9/9", TaskOutcome.EXPIRED))),
        spoilt(
            "wrong_offset",
            "group-not-there",
            "0/2",
            s -> s.outcome("0/2").setOffset(s.outcome("0/2").getOffset() + 1)),
        spoilt(
            "offset_behind_the_end",
            "group-not-there",
            "0/2",
            s -> s.outcome("0/2").setOffset(4711)),
        spoilt(
            "wrong_partition",
            "group-not-there",
            "0/2",
            s -> s.outcome("0/2").setPartition(1 - s.outcome("0/2").getPartition())),
        spoilt(
            "trained_on_no_group",
            "group-not-there",
            "1/0",
            s -> s.outcome("1/0").setPartition(-1)),
        spoilt("gap_in_steps", "step-gap", "4", s -> s.entries.remove(3)),
        spoilt("no_start", "step-gap", "1", s -> s.entries.removeFirst()),
        spoilt("entry_twice", "step-repeated", "3", s -> s.entries.add(4, s.step(3))),
        spoilt(
            "start_in_the_middle", "start-misplaced", "3", s -> s.step(3).setKind(StepKind.START)),
        spoilt(
            "broken_chain_of_versions",
            "version-chain-broken",
            "4",
            s -> s.step(4).setVersionBefore(2)),
        spoilt(
            "version_that_goes_back",
            "version-chain-broken",
            "4",
            s -> s.step(4).setVersionAfter(1)),
        spoilt("entry_after_the_end", "entry-after-end", "4", s -> s.step(3).setKind(StepKind.END)),
        spoilt(
            "open_task_of_a_run_that_ended",
            "open-after-end",
            "3/0",
            s -> s.entry(StepKind.END, 4, 4)));
  }

  private static Arguments spoilt(String name, String kind, String id, Consumer<RunStory> spoil) {
    return argumentSet(name, kind, id, spoil);
  }

  private static Predicate<RolloutTask> is(RunStory story, String shortId) {
    return task -> task.getTaskId().equals(story.id(shortId));
  }

  private static GroupOutcome outcome(RunStory story, String shortId, TaskOutcome outcome) {
    return GroupOutcome.newBuilder().setTaskId(story.id(shortId)).setOutcome(outcome).build();
  }

  @ParameterizedTest
  @MethodSource("spoilt")
  void what_is_wrong_is_named(String kind, String id, Consumer<RunStory> spoil) {
    RunStory story = sound();
    spoil.accept(story);
    story.writeRest();

    TaskReport report = audit();

    assertThat(report.addsUp()).isFalse();
    assertThat(report.findings().listed())
        .anySatisfy(
            problem -> {
              assertThat(problem.kind()).isEqualTo(kind);
              assertThat(problem.id()).isEqualTo(run + "/" + id);
            });
  }

  @Test
  void double_training_does_not_add_up_in_numbers_either() {
    RunStory story = sound();
    story.step(4).getGroups().add(story.outcome("0/0"));
    story.writeRest();

    RunReport account = audit().runs().getFirst();

    assertThat(account.trained()).isEqualTo(5);
    assertThat(account.accounted()).isEqualTo(account.issued() + 1);
    assertThat(account.addsUp()).isFalse();
  }

  @Test
  void a_sample_older_than_the_settings_allow_is_named() {
    new RunStory(log, run, 0).writeGroups().writeRest();

    TaskReport report = audit();

    assertThat(report.findings().counts()).containsOnly(Map.entry("too-stale", 2L));
    assertThat(report.findings().listed())
        .extracting(Problem::id)
        .containsExactlyInAnyOrder(run + "/0/2", run + "/1/0");
  }

  @Test
  void tokens_of_a_version_that_did_not_exist_yet_are_named() {
    RunStory story = new RunStory(log, run, 1);
    story.groups.set(0, story.scored("0/0", 1, 2));
    story.writeGroups().writeRest();

    assertThat(audit().findings().counts()).containsOnlyKeys("version-from-the-future");
  }

  @Test
  void training_on_a_second_answer_to_the_same_task_is_named() {
    RunStory story = new RunStory(log, run, 1);
    var topic = log.context().topics().scoredSamples();
    log.write(topic, story.id("0/2"), story.scored("0/2", 1, 1));
    story.writeGroups().writeRest();

    assertThat(audit().findings().listed())
        .extracting(Problem::kind, Problem::id)
        .containsExactly(tuple("not-the-first-group", run + "/0/2"));
  }

  @Test
  void a_group_that_failed_cannot_be_trained() {
    RunStory story = new RunStory(log, run, 1);
    story.groups.getFirst().setFailure("reward-timeout");
    story.writeGroups().writeRest();

    assertThat(audit().findings().counts()).containsOnlyKeys("failure-trained");
  }

  @Test
  void a_second_answer_that_was_ignored_is_no_problem() {
    RunStory story = sound();
    story.writeRest();
    var topic = log.context().topics().scoredSamples();
    log.write(topic, story.id("0/2"), story.scored("0/2", 1, 1));

    assertThat(audit().addsUp()).isTrue();
  }

  @Test
  void a_run_that_ended_with_nothing_open_is_well() {
    RunStory story = sound();
    var end = story.entry(StepKind.END, 4, 4);
    end.getGroups().add(outcome(story, "3/0", TaskOutcome.EXPIRED));
    story.writeRest();

    TaskReport report = audit();

    assertThat(report.addsUp()).isTrue();
    assertThat(report.runs().getFirst().ended()).isTrue();
    assertThat(report.runs().getFirst().open()).isZero();
  }

  @Test
  void one_run_can_be_audited_beside_a_spoilt_one() {
    try (var own = emptyLog()) {
      new RunStory(own, "good", 1).writeGroups().writeRest();
      RunStory bad = new RunStory(own, "bad", 1).writeGroups();
      bad.tasks.removeFirst();
      bad.writeRest();

      assertThat(audit(own, Optional.of("good")).addsUp()).isTrue();
      assertThat(audit(own, Optional.of("good")).runs()).hasSize(1);
      assertThat(audit(own, Optional.of("bad")).addsUp()).isFalse();
      assertThat(audit(own, Optional.empty()).runs())
          .extracting(RunReport::run)
          .containsExactly("good", "bad");
    }
  }

  @Test
  void what_an_aborted_transaction_wrote_does_not_count() {
    RunStory story = sound();
    story.writeRest();
    var topics = log.context().topics();
    var config = log.context().kafka().producer("aborter");
    config.put("transactional.id", topics.prefix() + "aborter");
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      var entry = story.entry(StepKind.UPDATE, 4, 5);
      entry.getIssued().add(run + "/5/0");
      producer.send(
          new ProducerRecord<>(
              topics.trainingLedger().name(),
              (run + "/5").getBytes(StandardCharsets.UTF_8),
              story.bytes(entry)));
      producer.flush();
      producer.abortTransaction();
    }

    assertThat(audit().addsUp()).isTrue();
    assertThat(audit().runs().getFirst().lastStep()).isEqualTo(4);
  }

  @Test
  void bytes_that_are_no_entry_are_named_with_their_place() {
    try (var own = emptyLog()) {
      String ledger = own.context().topics().trainingLedger().name();
      own.write(ledger, 0, "a/5".getBytes(StandardCharsets.UTF_8), new byte[] {7}, List.of());

      TaskReport report = audit(own, Optional.empty());

      assertThat(report.findings().counts()).containsOnlyKeys("unreadable");
      assertThat(report.findings().listed().getFirst().id()).isEqualTo("a/5");
      assertThat(report.findings().listed().getFirst().sentence()).contains(ledger + "-0@0");
    }
  }

  @Test
  void the_list_is_bounded_and_the_count_is_not() {
    RunStory story = sound();
    story.tasks.clear();
    story.writeRest();

    Findings findings = audit().findings();

    assertThat(findings.counts()).containsEntry("not-published", 9L);
    assertThat(findings.listed()).hasSize(QUICK.listed());
  }

  @Test
  void a_run_that_the_ledger_does_not_know_has_no_account() {
    TaskReport report = audit(log, Optional.of("nobody"));

    assertThat(report.runs()).isEmpty();
    assertThat(report.addsUp()).isTrue();
  }

  @Test
  void a_deadline_that_passes_is_said_with_how_far_it_came() {
    sound().writeRest();
    var hurry = new AuditLimits(Duration.ofNanos(1), Duration.ZERO, 1);

    assertThatThrownBy(
            () -> new TaskAudit(log.context(), Optional.empty(), hurry).run(AuditProgress.SILENT))
        .isInstanceOf(AuditDeadlineException.class)
        .hasMessageContaining(log.context().topics().trainingLedger().name());
  }
}
