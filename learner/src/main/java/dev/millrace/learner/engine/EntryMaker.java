package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.curriculum.Position.Issued;
import dev.millrace.learner.ledger.Offsets;
import dev.millrace.learner.ledger.Outgoing;
import dev.millrace.learner.machine.ArrivedGroup;
import dev.millrace.learner.machine.Decision;
import dev.millrace.learner.machine.Decision.Resolved;
import dev.millrace.learner.machine.Inbox;
import dev.millrace.learner.machine.Metrics;
import dev.millrace.learner.machine.RunPhase;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.machine.TaskId;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.learner.update.RefusedUpdateException;
import dev.millrace.learner.update.TrainingGroup;
import dev.millrace.learner.update.UpdateReport;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Carries a decision out on the policy in memory and says it as an entry of the ledger. */
final class EntryMaker {

  private final RunSettings settings;
  private final PolicyUpdater updater;
  private final Teacher teacher;
  private final TaskMaker tasks;
  private final EntryWeights weights;
  private final StepTimes times;
  private final Clock clock;

  EntryMaker(
      RunSettings settings,
      PolicyUpdater updater,
      Teacher teacher,
      TaskMaker tasks,
      EntryWeights weights,
      StepTimes times,
      Clock clock) {
    this.settings = settings;
    this.updater = updater;
    this.teacher = teacher;
    this.tasks = tasks;
    this.weights = weights;
    this.times = times;
    this.clock = clock;
  }

  /** What an entry says beside what every entry says. */
  private record Draft(
      StepKind kind,
      boolean changed,
      List<GroupOutcome> outcomes,
      Map<String, Double> metrics,
      String detail) {}

  /**
   * Makes the next entry.
   *
   * @param decision any but {@code Wait}, {@code Starve} and {@code Done}
   */
  Outgoing make(RunState state, Inbox inbox, Decision decision) {
    long startedAt = clock.millis();
    Draft draft =
        switch (decision) {
          case Decision.Teach teach -> teach(state);
          case Decision.Update update -> update(state, update);
          case Decision.Refill refill -> refill(refill);
          case Decision.Issue issue -> issue(state);
          case Decision.Evaluate evaluate -> evaluate(state, evaluate);
          case Decision.End end ->
              new Draft(StepKind.END, false, outcomes(end.resolved()), Map.of(), end.reason());
          case Decision.Wait wait ->
              throw new IllegalArgumentException("nothing is to be done yet");
          case Decision.Starve starve ->
              throw new IllegalArgumentException("nothing can be done yet");
          case Decision.Done done -> throw new IllegalArgumentException("nothing is left to do");
        };
    return outgoing(state, inbox, draft, startedAt);
  }

  private Draft teach(RunState state) {
    Map<String, Double> metrics =
        new TreeMap<>(times.measure(StepTimes.TRAINING, () -> teacher.teach(state, updater)));
    int updates = settings.warmStart().updatesPerEntry();
    metrics.put(Metrics.UPDATE, (double) state.sftUpdates() + updates);
    boolean changed = metrics.getOrDefault(Teacher.REFUSED, 0.0) < updates;
    return new Draft(
        changed ? StepKind.SFT : StepKind.REFUSED,
        changed,
        List.of(),
        metrics,
        changed ? null : "no update of the warm start was finite");
  }

  private Draft update(RunState state, Decision.Update decision) {
    Map<String, Double> metrics = Measures.batch(decision.groups(), state.version());
    long update = state.phase().updates() + 1L;
    metrics.put(Metrics.UPDATE, (double) update);
    List<GroupOutcome> outcomes = outcomes(decision.resolved());
    List<ArrivedGroup> learned = new ArrayList<>();
    for (ArrivedGroup group : decision.groups()) {
      updater
          .filter(group.group())
          .ifPresentOrElse(
              reason -> outcomes.add(outcome(group, TaskOutcome.FILTERED, reason)),
              () -> learned.add(group));
    }
    if (learned.isEmpty()) {
      return new Draft(
          StepKind.UPDATE, false, outcomes, metrics, "no group of this batch teaches anything");
    }
    List<TrainingGroup> groups = learned.stream().map(ArrivedGroup::group).toList();
    try {
      UpdateReport report =
          times.measure(StepTimes.TRAINING, () -> updater.update(groups, update, state.version()));
      metrics.putAll(report.metrics());
      learned.forEach(group -> outcomes.add(outcome(group, TaskOutcome.TRAINED, null)));
      return new Draft(StepKind.UPDATE, true, outcomes, metrics, null);
    } catch (RefusedUpdateException e) {
      learned.forEach(group -> outcomes.add(outcome(group, TaskOutcome.FAILED, "non-finite")));
      return new Draft(StepKind.REFUSED, false, outcomes, metrics, e.getMessage());
    }
  }

  private Draft refill(Decision.Refill decision) {
    Map<String, Double> metrics = new TreeMap<>(Map.of(Metrics.REFILL, 1.0));
    return new Draft(StepKind.UPDATE, false, outcomes(decision.resolved()), metrics, null);
  }

  private static Draft issue(RunState state) {
    Map<String, Double> metrics = new TreeMap<>(Map.of(Metrics.ISSUE, 1.0));
    metrics.put(Metrics.UPDATE, (double) state.phase().updates());
    return new Draft(StepKind.UPDATE, false, List.of(), metrics, null);
  }

  private Draft evaluate(RunState state, Decision.Evaluate decision) {
    long greedy = state.evaluation().stream().filter(t -> t.kind().greedy()).count();
    int sampled = state.evaluation().size() - (int) greedy;
    Map<String, Double> metrics =
        Measures.evaluation(
            decision.greedy(),
            (int) greedy,
            decision.sampled(),
            sampled,
            settings.evaluation().passAtK(),
            settings.evaluation().success());
    metrics.put(
        Metrics.UPDATE,
        (double) (state.phase().trains() ? state.phase().updates() : state.sftUpdates()));
    List<GroupOutcome> outcomes = outcomes(decision.resolved());
    decision.greedy().forEach(g -> outcomes.add(outcome(g, TaskOutcome.EVALUATED, null)));
    decision.sampled().forEach(g -> outcomes.add(outcome(g, TaskOutcome.EVALUATED, null)));
    return new Draft(StepKind.EVAL, false, outcomes, metrics, null);
  }

  private List<GroupOutcome> outcomes(List<Resolved> resolved) {
    List<GroupOutcome> outcomes = new ArrayList<>();
    for (Resolved one : resolved) {
      outcomes.add(
          one.group()
              .map(group -> outcome(group, one.outcome(), one.reason()))
              .orElseGet(
                  () ->
                      GroupOutcome.newBuilder()
                          .setTaskId(one.task().toString())
                          .setOutcome(one.outcome())
                          .setReason(one.reason())
                          .build()));
    }
    return outcomes;
  }

  private GroupOutcome outcome(ArrivedGroup group, TaskOutcome outcome, String reason) {
    double success = settings.evaluation().success();
    return new GroupOutcome(
        group.task().toString(),
        outcome,
        reason,
        group.partition(),
        group.offset(),
        group.promptId(),
        group.group().samples().isEmpty() ? -1 : Measures.right(group, success));
  }

  private Outgoing outgoing(RunState state, Inbox inbox, Draft draft, long startedAt) {
    long step = state.step() + 1;
    long version = draft.changed() ? state.version() + 1 : state.version();
    long now = clock.millis();
    List<GroupOutcome> outcomes = new ArrayList<>(draft.outcomes());
    outcomes.sort(Comparator.comparing(outcome -> TaskId.parse(outcome.getTaskId())));
    List<TaskId> resolved = outcomes.stream().map(o -> TaskId.parse(o.getTaskId())).toList();
    Map<String, Double> metrics = new TreeMap<>(draft.metrics());
    metrics.putAll(Measures.outcomes(outcomes));
    TrainingStep entry =
        TrainingStep.newBuilder()
            .setRun(settings.run())
            .setStep(step)
            .setKind(draft.kind())
            .setLineage(state.lineage())
            .setVersionBefore(state.version())
            .setVersionAfter(version)
            .setWeightsSha256(state.weightsSha256())
            .setGroups(outcomes)
            .setCurriculum(state.position().issuing(Issued.NOTHING).json())
            .setOffsets(Offsets.toEntry(inbox.offsets(resolved)))
            .setMetrics(metrics)
            .setDetail(draft.detail())
            .setStartedAt(startedAt)
            .setFinishedAt(now)
            .build();
    // What follows from the entry so far says which tasks it must issue.
    RunState after = state.apply(entry);
    RunPhase phase = after.phase();
    if (phase.trains() && !state.phase().trains()) {
      updater.resetOptimizer();
    }
    int train =
        phase.trains() ? RunState.toIssue(settings, after.training().size(), phase.updates()) : 0;
    TaskMaker.Made made =
        tasks.make(
            new TaskMaker.Entry(step, version, now),
            state.position(),
            train,
            state.phase().updates(),
            state.phase(),
            phase);
    entry.setIssued(made.ids());
    entry.setCurriculum(made.after().json());
    var draftOfWeights = weights.into(entry, draft.changed(), phase, state.firstVersion());
    metrics.putAll(made.metrics());
    metrics.put("tasks.open", (double) after.open().size() + made.tasks().size());
    metrics.put("groups.waiting", (double) inbox.size() - resolvedThatArrived(draft));
    metrics.put("groups.ignored", (double) inbox.ignored());
    metrics.putAll(times.take());
    entry.setMetrics(metrics);
    return new Outgoing(entry, draftOfWeights, made.tasks());
  }

  private static long resolvedThatArrived(Draft draft) {
    return draft.outcomes().stream().filter(outcome -> outcome.getPartition() >= 0).count();
  }
}
