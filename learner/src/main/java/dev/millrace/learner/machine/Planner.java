package dev.millrace.learner.machine;

import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.learner.machine.Decision.Resolved;
import dev.millrace.learner.run.RunSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decides what comes next: a function of the state, of the groups and prompts that arrived, and of
 * the time.
 */
public final class Planner {

  /** Refills in a row after which a batch goes on with what it has. */
  static final int MOST_REFILLS = 10;

  private final RunSettings settings;
  private final BatchRule rule;

  public Planner(RunSettings settings) {
    this.settings = settings;
    this.rule = new BatchRule(settings.promptsPerStep(), settings.maxStaleness());
  }

  /**
   * @param supply prompts at hand for the tasks that the state is {@linkplain RunState#lacking
   *     lacking}
   * @param now milliseconds since the epoch
   */
  public Decision decide(RunState state, Inbox inbox, int supply, long now) {
    return switch (state.phase()) {
      case RunPhase.WarmingUp warming -> new Decision.Teach(state.sftUpdates());
      case RunPhase.Evaluating evaluating -> evaluate(state, inbox, now);
      case RunPhase.Training training ->
          supply(state, supply).orElseGet(() -> train(training, state, inbox, now));
      case RunPhase.Ending ending -> new Decision.End(ending.reason(), remaining(state, inbox));
      case RunPhase.Ended ended -> new Decision.Done(ended.reason());
    };
  }

  /**
   * What is to be done where tasks are lacking because prompts were: a batch is never smaller for
   * it, and no entry is made for a few prompts.
   */
  private Optional<Decision> supply(RunState state, int supply) {
    int lacking = state.lacking();
    if (lacking == 0) {
      return Optional.empty();
    }
    if (supply >= Math.min(lacking, settings.promptsPerStep())) {
      return Optional.of(new Decision.Issue());
    }
    int open = state.training().size();
    return open < settings.promptsPerStep()
        ? Optional.of(new Decision.Starve(open, settings.promptsPerStep()))
        : Optional.empty();
  }

  private Decision train(RunPhase.Training training, RunState state, Inbox inbox, long now) {
    boolean informative = settings.algorithm().informativeGroups(settings.promptsPerStep()) > 0;
    List<OpenTask> open = new ArrayList<>(state.training());
    List<Resolved> dead = dead(open, inbox, now, informative);
    Set<TaskId> gone = ids(dead);
    open.removeIf(task -> gone.contains(task.id()));
    List<OpenTask> arrived =
        inbox.inOrder().stream()
            .map(waiting -> waiting.group().task())
            .filter(id -> !gone.contains(id))
            .map(state.open()::get)
            .filter(OpenTask::isTrain)
            .toList();
    if (informative
        && !dead.isEmpty()
        && training.refills() < MOST_REFILLS
        && rule.size(open.size()) < settings.promptsPerStep()) {
      return arrived.size() == open.size() ? new Decision.Refill(dead) : waiting(open, inbox);
    }
    Optional<List<OpenTask>> batch = rule.choose(open, arrived, state.version());
    return batch.isPresent()
        ? new Decision.Update(groups(batch.get(), inbox), dead)
        : waiting(open, inbox);
  }

  private Decision evaluate(RunState state, Inbox inbox, long now) {
    List<OpenTask> open = new ArrayList<>(state.evaluation());
    List<Resolved> dead = dead(open, inbox, now, false);
    Set<TaskId> gone = ids(dead);
    open.removeIf(task -> gone.contains(task.id()));
    if (open.stream().anyMatch(task -> inbox.get(task.id()) == null)) {
      return waiting(open, inbox);
    }
    return new Decision.Evaluate(
        groups(open.stream().filter(task -> task.kind() == TaskKind.GREEDY).toList(), inbox),
        groups(open.stream().filter(task -> task.kind() == TaskKind.SAMPLED).toList(), inbox),
        dead);
  }

  /** Tasks that will give nothing: failed, expired, and filtered ones where those are replaced. */
  private static List<Resolved> dead(
      List<OpenTask> open, Inbox inbox, long now, boolean filteredToo) {
    List<Resolved> dead = new ArrayList<>();
    for (OpenTask task : open) {
      Inbox.Waiting waiting = inbox.get(task.id());
      if (waiting == null) {
        if (task.deadlineAt() <= now) {
          dead.add(expired(task.id(), "deadline", Optional.empty()));
        }
      } else if (waiting.group().failure().isPresent()) {
        dead.add(
            new Resolved(
                task.id(),
                TaskOutcome.FAILED,
                waiting.group().failure().get(),
                Optional.of(waiting.group())));
      } else if (filteredToo && waiting.filtered().isPresent()) {
        dead.add(
            new Resolved(
                task.id(),
                TaskOutcome.FILTERED,
                waiting.filtered().get(),
                Optional.of(waiting.group())));
      }
    }
    return dead;
  }

  private static List<Resolved> remaining(RunState state, Inbox inbox) {
    return state.open().keySet().stream()
        .map(
            id ->
                expired(
                    id, "run-ended", Optional.ofNullable(inbox.get(id)).map(Inbox.Waiting::group)))
        .toList();
  }

  private static Resolved expired(TaskId id, String reason, Optional<ArrivedGroup> group) {
    return new Resolved(id, TaskOutcome.EXPIRED, reason, group);
  }

  private static Set<TaskId> ids(List<Resolved> resolved) {
    Set<TaskId> ids = new HashSet<>();
    resolved.forEach(one -> ids.add(one.task()));
    return ids;
  }

  private static List<ArrivedGroup> groups(List<OpenTask> tasks, Inbox inbox) {
    return tasks.stream()
        .map(task -> inbox.get(task.id()).group())
        .sorted(Comparator.comparing(ArrivedGroup::task))
        .toList();
  }

  private static Decision.Wait waiting(List<OpenTask> open, Inbox inbox) {
    List<OpenTask> missing = open.stream().filter(task -> inbox.get(task.id()) == null).toList();
    return new Decision.Wait(
        missing.stream().mapToLong(OpenTask::deadlineAt).min().orElse(Long.MAX_VALUE),
        missing.size());
  }
}
