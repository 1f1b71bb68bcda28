package dev.millrace.monitor.stream;

import dev.millrace.contracts.Topics;
import dev.millrace.monitor.lag.ExpectedReader;
import dev.millrace.monitor.lag.GroupKind;
import dev.millrace.monitor.lag.Offsets;
import dev.millrace.runtime.StageContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The names under which the stages of an installation read.
 *
 * @param preprocess its application id
 * @param embed of every generation of the index: this, then a number
 * @param rollout its share group, if this build has one
 * @param reward its share group
 * @param learner of every run: this, then the run's name
 */
public record Installation(
    Topics topics,
    String preprocess,
    String embed,
    Optional<String> rollout,
    Optional<String> reward,
    String learner) {

  /** Reads the groups' settings. */
  public static Installation of(StageContext context) {
    String prefix = context.topics().prefix();
    var settings = context.settings();
    return new Installation(
        context.topics(),
        prefix + "preprocess",
        prefix + settings.text("millrace.embed.group"),
        settings.optional("millrace.rollout.group").map(prefix::concat),
        settings.optional("millrace.reward.group").map(prefix::concat),
        prefix + "learner-");
  }

  /** Groups that should read their topics from the beginning. */
  public List<ExpectedReader> expected() {
    List<ExpectedReader> readers = new ArrayList<>();
    readers.add(new ExpectedReader(preprocess, GroupKind.CONSUMER, topics.documents().name()));
    readers.add(new ExpectedReader(embed, GroupKind.CONSUMER, topics.chunks().name(), true));
    rollout.ifPresent(
        group ->
            readers.add(new ExpectedReader(group, GroupKind.SHARE, topics.rolloutTasks().name())));
    reward.ifPresent(
        group -> readers.add(new ExpectedReader(group, GroupKind.SHARE, topics.samples().name())));
    return readers;
  }

  /** The stage that reads under a group; empty for a group of somebody else. */
  public Optional<String> stageOf(String group) {
    return group.equals(preprocess)
        ? Optional.of("preprocess")
        : group.startsWith(embed)
            ? Optional.of("embed")
            : rollout.filter(group::equals).isPresent()
                ? Optional.of("rollout")
                : reward.filter(group::equals).isPresent()
                    ? Optional.of("reward")
                    : runOf(group).map(run -> "learner");
  }

  /** The run of a learner's group; empty for another group. */
  public Optional<String> runOf(String group) {
    return group.startsWith(learner)
        ? Optional.of(group.substring(learner.length()))
        : Optional.empty();
  }

  /**
   * Groups that nobody waits for: of runs that ended, and of index generations that others have
   * replaced.
   */
  public boolean retired(
      Offsets.Group group, List<Offsets.Group> all, Predicate<String> endedRuns) {
    Optional<String> run = runOf(group.id());
    if (run.isPresent()) {
      return endedRuns.test(run.get());
    }
    if (!group.id().startsWith(embed) || !group.state().equals("Empty")) {
      return false;
    }
    return all.stream()
        .filter(other -> other.id().startsWith(embed) && !other.id().equals(group.id()))
        .anyMatch(other -> !other.state().equals("Empty") || generation(other) > generation(group));
  }

  private long generation(Offsets.Group group) {
    String digits = group.id().substring(embed.length()).replaceAll("\\D", "");
    return digits.isEmpty() || digits.length() > 18 ? 0 : Long.parseLong(digits);
  }
}
