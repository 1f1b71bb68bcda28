package dev.millrace.learner.machine;

import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.curriculum.Position;
import dev.millrace.learner.run.RunSettings;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * All that is known of a run after one entry of its ledger. It follows from the entries alone:
 * {@link #start} from START, {@link #apply} from each that comes after, in a running learner as in
 * one that resumes.
 *
 * @param firstVersion that of the START entry
 * @param open tasks that were issued and are not resolved
 * @param offsets where reading goes on, by partition of scored-samples
 * @param sftUpdates optimizer updates of the warm start so far
 */
public record RunState(
    RunSettings settings,
    long step,
    int lineage,
    RunPhase phase,
    long firstVersion,
    long version,
    String weightsSha256,
    String optimizerSha256,
    long sftUpdates,
    Position position,
    SortedMap<TaskId, OpenTask> open,
    Map<Integer, Long> offsets) {

  public RunState {
    open = Collections.unmodifiableSortedMap(new TreeMap<>(open));
    offsets = Collections.unmodifiableMap(new TreeMap<>(offsets));
  }

  /** The state after the START entry. */
  public static RunState start(RunSettings settings, TrainingStep entry) {
    if (entry.getKind() != StepKind.START || entry.getStep() != 0) {
      throw new LedgerException(
          settings.run(), entry.getStep(), "it begins with " + entry.getKind());
    }
    var open = new TreeMap<TaskId, OpenTask>();
    Position position = position(entry);
    issue(open, settings, entry, position);
    return new RunState(
        settings,
        0,
        entry.getLineage(),
        RunPhase.first(settings),
        entry.getVersionAfter(),
        entry.getVersionAfter(),
        entry.getWeightsSha256(),
        entry.getOptimizerSha256(),
        0,
        position,
        open,
        offsets(entry));
  }

  /**
   * The state after one more entry.
   *
   * @throws LedgerException if the entry cannot follow this state
   */
  public RunState apply(TrainingStep entry) {
    if (entry.getStep() != step + 1 || !entry.getRun().equals(settings.run())) {
      throw wrong(entry, "expected step %d of %s".formatted(step + 1, settings.run()));
    }
    if (entry.getVersionBefore() != version) {
      throw wrong(
          entry, "it begins at version %d, not %d".formatted(entry.getVersionBefore(), version));
    }
    var left = new TreeMap<>(open);
    for (GroupOutcome outcome : entry.getGroups()) {
      if (left.remove(TaskId.parse(outcome.getTaskId())) == null) {
        throw wrong(entry, "task %s is resolved but not open".formatted(outcome.getTaskId()));
      }
    }
    Position now = position(entry);
    issue(left, settings, entry, now);
    RunPhase next = next(entry);
    if (next instanceof RunPhase.Ended && !left.isEmpty()) {
      throw wrong(entry, left.size() + " tasks are still open");
    }
    return new RunState(
        settings,
        entry.getStep(),
        entry.getLineage(),
        next,
        firstVersion,
        entry.getVersionAfter(),
        entry.getWeightsSha256(),
        entry.getOptimizerSha256(),
        entry.getKind() == StepKind.SFT
            ? sftUpdates + settings.warmStart().updatesPerEntry()
            : sftUpdates,
        now,
        left,
        offsets(entry));
  }

  /** The same in a lineage that goes on from other weights, of this hash. */
  public RunState inLineage(int newLineage, String sha256) {
    return new RunState(
        settings,
        step,
        newLineage,
        phase,
        firstVersion,
        version,
        sha256,
        null,
        sftUpdates,
        position,
        open,
        offsets);
  }

  private RunPhase next(TrainingStep entry) {
    return switch (phase) {
      case RunPhase.WarmingUp warming when entry.getKind() == StepKind.SFT ->
          warming.taught(settings);
      case RunPhase.WarmingUp warming when entry.getKind() == StepKind.REFUSED -> warming.refused();
      case RunPhase.Evaluating evaluating when entry.getKind() == StepKind.EVAL ->
          evaluating.evaluated(settings, Metrics.greedy(entry));
      case RunPhase.Training training when entry.getKind() == StepKind.REFUSED ->
          training.refused(settings);
      case RunPhase.Training training
          when entry.getKind() == StepKind.UPDATE && Metrics.isIssue(entry) ->
          training;
      case RunPhase.Training training when entry.getKind() == StepKind.UPDATE ->
          Metrics.isRefill(entry)
              ? training.refilled()
              : training.updated(settings, allFailed(entry.getGroups()));
      case RunPhase.Ending ending when entry.getKind() == StepKind.END -> ending.ended();
      default -> throw wrong(entry, "%s while %s".formatted(entry.getKind(), phase.word()));
    };
  }

  private static boolean allFailed(Collection<GroupOutcome> groups) {
    return !groups.isEmpty()
        && groups.stream().allMatch(group -> group.getOutcome() == TaskOutcome.FAILED);
  }

  private static void issue(
      SortedMap<TaskId, OpenTask> open,
      RunSettings settings,
      TrainingStep entry,
      Position position) {
    List<String> issued = entry.getIssued();
    Position.Issued kinds = position.issued();
    if (kinds.total() != issued.size()) {
      throw new LedgerException(
          entry.getRun(),
          entry.getStep(),
          "%d tasks issued, %d of them by kind".formatted(issued.size(), kinds.total()));
    }
    long deadline = entry.getFinishedAt() + settings.taskDeadline().toMillis();
    for (int i = 0; i < issued.size(); i++) {
      TaskId id = TaskId.parse(issued.get(i));
      TaskKind kind =
          i < kinds.train()
              ? TaskKind.TRAIN
              : i < kinds.train() + kinds.greedy() ? TaskKind.GREEDY : TaskKind.SAMPLED;
      if (open.put(id, new OpenTask(id, kind, entry.getVersionAfter(), deadline)) != null) {
        throw new LedgerException(
            entry.getRun(), entry.getStep(), "task %s is issued twice".formatted(id));
      }
    }
  }

  private static Position position(TrainingStep entry) {
    try {
      return Position.parse(entry.getCurriculum());
    } catch (IllegalArgumentException e) {
      throw new LedgerException(entry.getRun(), entry.getStep(), e.getMessage());
    }
  }

  private static Map<Integer, Long> offsets(TrainingStep entry) {
    var offsets = new TreeMap<Integer, Long>();
    entry
        .getOffsets()
        .forEach((partition, offset) -> offsets.put(Integer.parseInt(partition), offset));
    return offsets;
  }

  /** Open TRAIN tasks, by id. */
  public List<OpenTask> training() {
    return open.values().stream().filter(OpenTask::isTrain).toList();
  }

  /** Open tasks of the evaluation, by id. */
  public List<OpenTask> evaluation() {
    return open.values().stream().filter(task -> !task.isTrain()).toList();
  }

  /**
   * How many TRAIN tasks are to be issued with an entry after which {@code open} are left and
   * {@code updates} are done: never more than the bound, nor than the remaining steps need.
   */
  public static int toIssue(RunSettings settings, int open, int updates) {
    long remaining = (long) Math.max(0, settings.steps() - updates) * settings.promptsPerStep();
    return (int) Math.max(0, Math.min(settings.openTasks(), remaining) - open);
  }

  /** How many TRAIN tasks could be issued now; more than 0 only where prompts were lacking. */
  public int lacking() {
    return phase.trains() ? toIssue(settings, training().size(), phase.updates()) : 0;
  }

  /** The oldest version that an open task may need; {@link Long#MAX_VALUE} if none is open. */
  public long oldestNeeded() {
    return open.values().stream().mapToLong(OpenTask::version).min().orElse(Long.MAX_VALUE);
  }

  private LedgerException wrong(TrainingStep entry, String what) {
    return new LedgerException(settings.run(), entry.getStep(), what);
  }
}
