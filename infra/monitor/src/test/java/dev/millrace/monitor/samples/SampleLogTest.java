package dev.millrace.monitor.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.devstack.ServerKind;
import dev.millrace.monitor.fixture.LogFixture;
import dev.millrace.monitor.fixture.RunStory;
import dev.millrace.monitor.scan.ScanLimit;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two runs of six groups; the second has one more, not yet resolved, and one answered twice. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SampleLogTest {

  private static final ScanLimit LIMIT = ScanLimit.INTERACTIVE;

  private final LogFixture log;
  private final SampleLog samples;
  private RunStory first;
  private RunStory second;

  SampleLogTest(Servers servers) {
    log = new LogFixture(servers);
    samples = SampleLog.open(log.context());
  }

  @BeforeAll
  void write() {
    var topics = log.context().topics();
    log.create(
        List.<Topic<?>>of(topics.trainingLedger(), topics.rolloutTasks(), topics.scoredSamples()));
    first = new RunStory(log, "first", 1);
    first.writeGroups().writeRest();
    second = new RunStory(log, "second", 1);
    int age = 1_000;
    second.groups.add(second.scored("3/0", 3, 3));
    for (var group : second.groups) {
      group.setScoredAt(age++);
      group.getGroup().getTask().setTags(List.of("later"));
    }
    second.groups.getLast().getScores().forEach(score -> score.setTotal(0.25));
    second.groups.stream()
        .filter(group -> group.getGroup().getTask().getTaskId().endsWith("2/1"))
        .forEach(group -> group.getGroup().getTask().setPurpose(Purpose.EVAL));
    second.writeGroups().writeRest();
    var again = second.scored("0/2", 1, 1);
    again.setScoredAt(2_000);
    log.write(topics.scoredSamples(), second.id("0/2"), again);
  }

  @AfterAll
  void close() {
    samples.close();
    log.close();
  }

  private static SampleFilter of(String run) {
    return new SampleFilter(
        Optional.of(run), Optional.empty(), Optional.empty(), OptionalDouble.empty());
  }

  private List<String> ids(SampleFilter filter, int most) {
    return samples.newest(filter, most, LIMIT).groups().stream()
        .map(group -> group.task().getTaskId())
        .toList();
  }

  @Test
  void the_newest_come_first_over_all_partitions() {
    assertThat(ids(SampleFilter.ALL, 3)).containsExactly("second/0/2", "second/3/0", "second/1/0");
    assertThat(ids(SampleFilter.ALL, 100)).hasSize(14);
  }

  @Test
  void conditions_are_all_met() {
    assertThat(ids(of("first"), 100)).hasSize(6).allMatch(id -> id.startsWith("first/"));
    assertThat(ids(of("firs"), 100)).isEmpty();
    var tag =
        new SampleFilter(
            Optional.empty(), Optional.of("later"), Optional.empty(), OptionalDouble.empty());
    assertThat(ids(tag, 100)).isNotEmpty().allMatch(id -> id.startsWith("second/"));
    var evaluation =
        new SampleFilter(
            Optional.of("second"),
            Optional.empty(),
            Optional.of(Purpose.EVAL),
            OptionalDouble.empty());
    assertThat(ids(evaluation, 100)).containsExactly("second/2/1");
    var good =
        new SampleFilter(
            Optional.of("second"), Optional.empty(), Optional.empty(), OptionalDouble.of(0.5));
    assertThat(ids(good, 100)).hasSize(7).doesNotContain("second/3/0");
  }

  @Test
  void each_group_has_its_fate() {
    var groups = samples.newest(of("second"), 100, LIMIT).groups();

    assertThat(fate(groups, "second/3/0")).isEqualTo(new Fate.Open());
    assertThat(fate(groups, "second/0/3"))
        .isEqualTo(new Fate.Resolved(TaskOutcome.FILTERED, Optional.of("zero-variance"), 2, 2));
    assertThat(groups.getFirst().task().getTaskId()).isEqualTo("second/0/2");
    assertThat(groups.getFirst().fate()).contains(new Fate.Ignored());
    var trained =
        groups.stream().filter(g -> g.task().getTaskId().equals("second/1/0")).findFirst().get();
    assertThat(trained.staleness()).hasValue(1);
    assertThat(trained.meanReward()).hasValue(0.5);
    assertThat(trained.bestReward()).hasValue(1);
    assertThat(trained.versions().get().getMin()).isEqualTo(2);
    assertThat(trained.versions().get().getMax()).isEqualTo(3);
  }

  private static Fate fate(List<SampledGroup> groups, String id) {
    return groups.stream()
        .filter(group -> group.task().getTaskId().equals(id))
        .findFirst()
        .flatMap(SampledGroup::fate)
        .orElseThrow();
  }

  @Test
  void the_groups_of_a_step_are_those_that_it_took() {
    var found = samples.ofStep("second", 2, SampleFilter.ALL, 100, LIMIT).orElseThrow();

    assertThat(found.groups())
        .extracting(group -> group.task().getTaskId())
        .containsExactly("second/0/2", "second/0/3");
    assertThat(found.groups().getFirst().fate().orElseThrow())
        .isEqualTo(new Fate.Resolved(TaskOutcome.TRAINED, Optional.empty(), 2, 2));
    assertThat(samples.ofStep("second", 77, SampleFilter.ALL, 100, LIMIT)).isEmpty();
    assertThat(samples.ofStep("nobody", 2, SampleFilter.ALL, 100, LIMIT)).isEmpty();
  }

  @Test
  void a_task_is_found_by_its_id_and_the_answer_that_counted_is_shown() {
    SampledGroup group = samples.find("second/0/2", LIMIT).orElseThrow();

    assertThat(group.fate().orElseThrow()).isInstanceOf(Fate.Resolved.class);
    assertThat(group.offset()).isEqualTo(second.outcome("0/2").getOffset());
    assertThat(samples.find("second/9/9", LIMIT)).isEmpty();
  }

  @Test
  void a_look_that_is_cut_short_says_so() {
    var narrow = new ScanLimit(1, 1, Duration.ofSeconds(5));

    SampleLog.Found found = samples.newest(of("first"), 3, narrow);

    assertThat(found.complete()).isFalse();
  }

  @Test
  void a_log_without_topics_has_no_samples() {
    var nowhere = LogFixture.under(log.context(), "no-" + log.context().topics().prefix());
    try (var none = SampleLog.open(nowhere)) {
      assertThat(none.newest(SampleFilter.ALL, 3, LIMIT).groups()).isEmpty();
      assertThat(none.find("a/1/1", LIMIT)).isEmpty();
    }
  }
}
