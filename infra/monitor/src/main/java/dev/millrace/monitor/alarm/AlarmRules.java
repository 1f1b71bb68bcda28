package dev.millrace.monitor.alarm;

import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.TopicLag;
import dev.millrace.monitor.recent.RunBook;
import dev.millrace.monitor.recent.RunBook.Entry;
import dev.millrace.monitor.recent.SampleBook.Group;
import dev.millrace.monitor.recent.VersionBook.Version;
import dev.millrace.monitor.stream.StageView;
import dev.millrace.monitor.stream.StreamView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The conditions, each a function of what is seen at one moment. */
final class AlarmRules {

  /** Lag younger than this is no reason to wake anybody. */
  private static final double GROWING_SECONDS = 30;

  private static final long MINUTE = 60_000;
  private static final int FEWEST_LETTERS = 5;
  private static final double RISEN = 3;
  private static final double STARVED = 0.8;
  private static final int STEPS = 5;

  /**
   * Sampler and learner agree within 1e-6 in float32, within about 0.01 where weights are rounded
   * to bfloat16.
   */
  private static final double DISAGREEMENT = 0.02;

  private static final String GAP = "logprob_gap";

  private AlarmRules() {}

  /**
   * @param view the stream as it is now
   */
  static List<Finding> pausedStages(StreamView view) {
    List<Finding> found = new ArrayList<>();
    for (StageView stage : view.stages()) {
      stage
          .paused()
          .ifPresent(
              pause ->
                  found.add(
                      new Finding(
                          AlarmKind.STAGE_PAUSED,
                          stage.name(),
                          "%s is %s; %d records of %s wait for it"
                              .formatted(
                                  stage.name(), pause.describe(), stage.lag(), stage.reads()))));
    }
    return found;
  }

  /**
   * @param paused groups of stages that somebody paused: they have an alarm of their own
   */
  static List<Finding> stuckGroups(LagSnapshot lag, Set<String> paused) {
    List<Finding> found = new ArrayList<>();
    for (GroupLag group : lag.groups()) {
      for (TopicLag topic : group.topics()) {
        if (topic.stuck() && !paused.contains(group.group())) {
          found.add(
              new Finding(
                  AlarmKind.STUCK_GROUP,
                  group.group(),
                  "%s has %d records of %s to read and has not moved for %s"
                      .formatted(
                          group.group(),
                          topic.lag(),
                          topic.topic(),
                          time(topic.waitingSeconds()))));
        }
      }
    }
    return found;
  }

  /** Stuck groups have an alarm of their own, and so have those of paused stages. */
  static List<Finding> growingLags(LagSnapshot lag, Set<String> paused) {
    List<Finding> found = new ArrayList<>();
    for (GroupLag group : lag.groups()) {
      for (TopicLag topic : group.topics()) {
        boolean grows = topic.producedPerSecond() > topic.consumedPerSecond() * 1.05;
        boolean explained = group.retired() || topic.stuck() || paused.contains(group.group());
        if (!explained && grows && topic.seconds() > GROWING_SECONDS) {
          found.add(
              new Finding(
                  AlarmKind.LAG_GROWING,
                  group.group(),
                  String.format(
                      Locale.ROOT,
                      "%s is %s behind in %s and falls back: %.1f records/s come in, %.1f are"
                          + " worked off",
                      group.group(),
                      time(topic.seconds()),
                      topic.topic(),
                      topic.producedPerSecond(),
                      topic.consumedPerSecond())));
        }
      }
    }
    return found;
  }

  /**
   * @param lastTenMinutes dead letters
   * @param hourBefore dead letters of the hour before those
   */
  static List<Finding> risingLetters(long lastTenMinutes, long hourBefore) {
    double usual = hourBefore / 6.0;
    return lastTenMinutes >= FEWEST_LETTERS && lastTenMinutes > RISEN * usual
        ? List.of(
            new Finding(
                AlarmKind.DEAD_LETTERS_RISING,
                "dead-letters",
                String.format(
                    Locale.ROOT,
                    "%d dead letters in ten minutes; %.1f were usual in the hour before",
                    lastTenMinutes,
                    usual)))
        : List.of();
  }

  /**
   * @param entries of one run, oldest first
   */
  static List<Finding> starvedLearner(String run, List<Entry> entries) {
    List<Entry> updates = lastUpdates(entries, STEPS);
    double idle = updates.stream().mapToDouble(RunBook::idle).average().orElse(0);
    return updates.size() == STEPS && idle > STARVED
        ? List.of(
            new Finding(
                AlarmKind.LEARNER_STARVED,
                run,
                String.format(
                    Locale.ROOT,
                    "run %s waited for samples in %.0f %% of its last %d steps",
                    run,
                    100 * idle,
                    STEPS)))
        : List.of();
  }

  /**
   * Workers that began a group more than a minute after a version was published, and wrote none of
   * it with that version or a newer one.
   *
   * @param groups newest first
   */
  static List<Finding> oldVersions(List<Group> groups, List<Version> versions, long now) {
    Map<String, Version> due = new HashMap<>();
    for (Version version : versions) {
      if (version.publishedAt() < now - MINUTE) {
        due.merge(version.policy(), version, (a, b) -> a.version() >= b.version() ? a : b);
      }
    }
    List<Finding> found = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (Group group : groups) {
      Version version = due.get(group.policy());
      boolean counts = version != null && group.startedAt() > version.publishedAt() + MINUTE;
      if (counts && group.newest() >= 0 && known.add(group.rolloutWorker())) {
        if (group.newest() < version.version() && group.finishedAt() > now - 10 * MINUTE) {
          found.add(
              new Finding(
                  AlarmKind.WORKERS_ON_OLD_VERSION,
                  group.rolloutWorker(),
                  "worker %s sampled with version %d of %s; version %d was published %s ago"
                      .formatted(
                          group.rolloutWorker(),
                          group.newest(),
                          group.policy(),
                          version.version(),
                          time((now - version.publishedAt()) / 1000.0))));
        }
      }
    }
    return found;
  }

  /**
   * The mean reward of the last steps is far below the best that as many steps in a row had, and
   * the answers are much longer than they were then.
   *
   * @param entries of one run, oldest first
   */
  static List<Finding> collapsedReward(String run, List<Entry> entries) {
    List<Entry> updates = lastUpdates(entries, Integer.MAX_VALUE);
    if (updates.size() < 3 * STEPS) {
      return List.of();
    }
    double best = Double.NEGATIVE_INFINITY;
    double length = 0;
    for (int i = 0; i + STEPS <= updates.size() - STEPS; i++) {
      double reward = mean(updates.subList(i, i + STEPS), "reward.mean");
      if (reward > best) {
        best = reward;
        length = mean(updates.subList(i, i + STEPS), "length.mean");
      }
    }
    List<Entry> last = updates.subList(updates.size() - STEPS, updates.size());
    double reward = mean(last, "reward.mean");
    double now = mean(last, "length.mean");
    double fell = best - reward;
    boolean collapsed = fell > 0.3 * Math.max(0.1, Math.abs(best)) && now > 1.3 * length;
    return collapsed
        ? List.of(
            new Finding(
                AlarmKind.REWARD_COLLAPSED,
                run,
                String.format(
                    Locale.ROOT,
                    "run %s had a mean reward of %.2f at %.0f tokens, and now %.2f at %.0f",
                    run,
                    best,
                    length,
                    reward,
                    now)))
        : List.of();
  }

  /**
   * The mean |l - b| of fresh answers is more than rounding explains, in the last steps that had
   * fresh ones.
   *
   * @param entries of one run, oldest first
   */
  static List<Finding> disagreement(String run, List<Entry> entries) {
    List<Entry> told = entries.stream().filter(entry -> !Double.isNaN(entry.metric(GAP))).toList();
    List<Entry> last = told.subList(Math.max(0, told.size() - STEPS), told.size());
    boolean disagree =
        last.size() == STEPS && last.stream().allMatch(entry -> entry.metric(GAP) > DISAGREEMENT);
    return disagree
        ? List.of(
            new Finding(
                AlarmKind.SAMPLER_DISAGREES,
                run,
                String.format(
                    Locale.ROOT,
                    "run %s: log-probabilities of sampler and learner differ by %.2g on average for"
                        + " answers of one version, in each of %d steps; rounding explains"
                        + " %.2g",
                    run,
                    mean(last, GAP),
                    STEPS,
                    DISAGREEMENT)))
        : List.of();
  }

  private static double mean(List<Entry> entries, String metric) {
    return entries.stream().mapToDouble(entry -> entry.metric(metric)).average().orElse(Double.NaN);
  }

  private static List<Entry> lastUpdates(List<Entry> entries, int most) {
    List<Entry> updates =
        entries.stream()
            .filter(entry -> entry.kind().equals("UPDATE"))
            .filter(entry -> !Double.isNaN(entry.metric("reward.mean")))
            .toList();
    return updates.subList(Math.max(0, updates.size() - most), updates.size());
  }

  private static String time(double seconds) {
    long whole = Math.round(seconds);
    return whole < 120 ? whole + " s" : whole < 7_200 ? whole / 60 + " min" : whole / 3_600 + " h";
  }
}
