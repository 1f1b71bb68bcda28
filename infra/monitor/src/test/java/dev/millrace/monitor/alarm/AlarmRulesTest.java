package dev.millrace.monitor.alarm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.monitor.lag.GroupKind;
import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.TopicLag;
import dev.millrace.monitor.recent.RunBook.Entry;
import dev.millrace.monitor.recent.SampleBook.Group;
import dev.millrace.monitor.recent.Spread;
import dev.millrace.monitor.recent.VersionBook.Version;
import dev.millrace.monitor.stream.StageView;
import dev.millrace.monitor.stream.StreamView;
import dev.millrace.runtime.control.Pause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class AlarmRulesTest {

  private static final long NOW = 1_800_000_000_000L;

  private static LagSnapshot lag(
      double seconds, double consumed, double produced, boolean stuck, boolean retired) {
    var topic =
        new TopicLag("chunks", 500, seconds, false, consumed, produced, stuck, 130, List.of());
    return new LagSnapshot(
        NOW,
        List.of(new GroupLag("embed", GroupKind.CONSUMER, "Stable", retired, List.of(topic))),
        List.of());
  }

  @Test
  void stuck_group_is_named_with_what_it_has_to_read() {
    assertThat(AlarmRules.stuckGroups(lag(130, 0, 1, true, false), Set.of()))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.subject()).isEqualTo("embed");
              assertThat(found.sentence()).contains("500 records of chunks", "2 min");
            });
    assertThat(AlarmRules.stuckGroups(lag(130, 5, 1, false, false), Set.of())).isEmpty();
  }

  @Test
  void lag_grows_when_more_comes_in_than_goes_out_and_it_is_old_enough_to_matter() {
    assertThat(AlarmRules.growingLags(lag(60, 10, 20, false, false), Set.of())).hasSize(1);
    assertThat(AlarmRules.growingLags(lag(60, 20, 20, false, false), Set.of())).isEmpty();
    assertThat(AlarmRules.growingLags(lag(5, 10, 20, false, false), Set.of())).isEmpty();
    assertThat(AlarmRules.growingLags(lag(60, 0, 20, true, false), Set.of())).as("stuck").isEmpty();
    assertThat(AlarmRules.growingLags(lag(60, 0, 20, false, true), Set.of()))
        .as("retired")
        .isEmpty();
  }

  @Test
  void paused_stage_is_told_with_who_paused_it_and_its_groups_raise_no_other_alarm() {
    var pause = new Pause("anna", "new weights", NOW);
    var spread = Spread.of(DoubleStream.empty());
    var stage =
        new StageView(
            "embed",
            "chunks",
            "indexed",
            List.of("embed"),
            0,
            500,
            60,
            false,
            Double.POSITIVE_INFINITY,
            true,
            spread,
            0,
            Optional.of(pause),
            "");
    var view = new StreamView(NOW, "", List.of(stage), List.of(), spread, 0, 0);

    assertThat(AlarmRules.pausedStages(view))
        .containsExactly(
            new Finding(
                AlarmKind.STAGE_PAUSED,
                "embed",
                "embed is paused by anna since 2027-01-15T08:00:00Z: new weights; 500 records of"
                    + " chunks wait for it"));
    assertThat(AlarmRules.stuckGroups(lag(130, 0, 1, true, false), view.pausedGroups())).isEmpty();
    assertThat(AlarmRules.growingLags(lag(60, 10, 20, false, false), view.pausedGroups()))
        .isEmpty();
  }

  @Test
  void dead_letters_rise_when_there_are_some_and_far_more_than_usual() {
    assertThat(AlarmRules.risingLetters(5, 0)).hasSize(1);
    assertThat(AlarmRules.risingLetters(4, 0)).isEmpty();
    assertThat(AlarmRules.risingLetters(30, 120)).as("20 in ten minutes are usual").isEmpty();
    assertThat(AlarmRules.risingLetters(61, 120)).hasSize(1);
  }

  private static Entry entry(long step, Map<String, Double> metrics) {
    return new Entry(
        step, "UPDATE", 0, step, step + 1, metrics, Map.of(), 0, "", NOW, NOW, 0, step);
  }

  /** As the learner writes them: parts of the time, all of it, and the share spent waiting. */
  private static List<Entry> waiting(double seconds) {
    Map<String, Double> metrics =
        Map.of(
            "reward.mean",
            0.5,
            "seconds.waiting",
            seconds,
            "seconds.training",
            1.0,
            "seconds.total",
            seconds + 1,
            "idle",
            seconds / (seconds + 1));
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      entries.add(entry(i, metrics));
    }
    return entries;
  }

  @Test
  void learner_starves_when_it_waits_most_of_its_time() {
    assertThat(AlarmRules.starvedLearner("run", waiting(9))).hasSize(1);
    assertThat(AlarmRules.starvedLearner("run", waiting(3))).isEmpty();
    assertThat(AlarmRules.starvedLearner("run", waiting(9).subList(0, 4)))
        .as("too early to tell")
        .isEmpty();
  }

  private static List<Entry> course(double rewardEnds, double lengthEnds) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      boolean late = i >= 30;
      entries.add(
          entry(
              i,
              Map.of(
                  "reward.mean", late ? rewardEnds : 0.02 * i,
                  "length.mean", late ? lengthEnds : 20.0)));
    }
    return entries;
  }

  @Test
  void reward_has_collapsed_when_it_fell_while_answers_grew() {
    assertThat(AlarmRules.collapsedReward("run", course(0.1, 90))).hasSize(1);
    assertThat(AlarmRules.collapsedReward("run", course(0.1, 20))).as("no longer").isEmpty();
    assertThat(AlarmRules.collapsedReward("run", course(0.6, 90))).as("no worse").isEmpty();
    assertThat(AlarmRules.collapsedReward("run", List.of())).isEmpty();
  }

  private static List<Entry> gaps(double... gaps) {
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < gaps.length; i++) {
      // A step without fresh tokens has nothing to say.
      entries.add(entry(i, Double.isNaN(gaps[i]) ? Map.of() : Map.of("logprob_gap", gaps[i])));
    }
    return entries;
  }

  @Test
  void sampler_and_learner_disagree_when_fresh_tokens_differ_step_after_step() {
    double none = Double.NaN;
    assertThat(AlarmRules.disagreement("run", gaps(1e-6, 0.16, none, 0.17, 0.15, 0.16, 0.16)))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.kind()).isEqualTo(AlarmKind.SAMPLER_DISAGREES);
              assertThat(found.sentence()).contains("run run", "0.16", "5 steps");
            });
    assertThat(AlarmRules.disagreement("run", gaps(0.2, 0.2, 0.2, 0.2, 1e-6))).isEmpty();
    assertThat(AlarmRules.disagreement("run", gaps(0.2, 0.2, 0.2, 0.2, none)))
        .as("too early to tell")
        .isEmpty();
    assertThat(AlarmRules.disagreement("run", gaps(0.008, 0.009, 0.008, 0.009, 0.008)))
        .as("weights rounded to bfloat16")
        .isEmpty();
  }

  private static Version version(long number, long publishedAt) {
    return new Version("policy", number, "run", number, "FULL", 1, "", publishedAt);
  }

  private static Group group(String worker, long version, long startedAt) {
    return new Group(
        0,
        0,
        "t",
        "run",
        1,
        "TRAIN",
        "policy",
        "p",
        worker,
        "r",
        4,
        1,
        9,
        version,
        version,
        "",
        startedAt,
        startedAt,
        startedAt + 1_000,
        startedAt + 2_000);
  }

  @Test
  void worker_that_goes_on_with_an_old_version_is_named() {
    var versions = List.of(version(8, NOW - 10_000), version(7, NOW - 300_000), version(6, 0));

    var found =
        AlarmRules.oldVersions(
            List.of(
                group("slow", 6, NOW - 60_000),
                group("right", 7, NOW - 60_000),
                group("just-began", 6, NOW - 280_000),
                group("no-longer-here", 6, NOW - 3_000_000)),
            versions,
            NOW);

    assertThat(found).extracting(Finding::subject).containsExactly("slow");
    assertThat(found.getFirst().sentence()).contains("version 6", "version 7");
  }

  @Test
  void every_kind_says_what_to_do() {
    for (AlarmKind kind : AlarmKind.values()) {
      assertThat(kind.advice()).as(kind.name()).hasSizeGreaterThan(40).endsWith(".");
      assertThat(kind.written()).matches("[a-z-]+");
    }
  }
}
