package dev.millrace.learner.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.curriculum.Position;
import dev.millrace.learner.curriculum.Position.Issued;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.TrainingGroup;
import dev.millrace.learner.update.TrainingSample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A run without topics and without a model: workers that answer in any order, twice, late, wrongly
 * or not at all, a learner that dies and resumes, all by chance. After every entry it is checked
 * what must always hold.
 */
final class Simulation {

  private static final int PARTITIONS = 3;

  /** How workers and producers behave. */
  record Chances(
      double lost, double failed, double twice, double filtered, double crash, double pushed) {}

  private final RunSettings settings;
  private final Chances chances;
  private final SplittableRandom random;
  private final Planner planner;
  private final SimulatedPrompts prompts;
  private final List<TrainingStep> ledger = new ArrayList<>();
  private final Map<Integer, List<ArrivedGroup>> log = new TreeMap<>();
  private final Map<Integer, Integer> read = new HashMap<>();
  private final List<OpenTask> atWorkers = new ArrayList<>();
  private final Set<TaskId> issued = new HashSet<>();
  private final Map<TaskId, TaskOutcome> resolved = new HashMap<>();
  private RunState state;
  private Inbox inbox;
  private long now = 1_000_000;
  private long worstStaleness;

  Simulation(RunSettings settings, Chances chances, long seed) {
    this.settings = settings;
    this.chances = chances;
    this.random = new SplittableRandom(seed);
    this.planner = new Planner(settings);
    this.prompts = new SimulatedPrompts(settings, random.split());
    for (int p = 0; p < PARTITIONS; p++) {
      log.put(p, new ArrayList<>());
    }
  }

  List<TrainingStep> ledger() {
    return ledger;
  }

  Map<TaskId, TaskOutcome> resolved() {
    return resolved;
  }

  long worstStaleness() {
    return worstStaleness;
  }

  SimulatedPrompts prompts() {
    return prompts;
  }

  /** Runs to the end. */
  void run() {
    begin();
    for (int i = 0; i < 1_000_000; i++) {
      if (state.phase() instanceof RunPhase.Ended) {
        assertThat(resolved.keySet()).isEqualTo(issued);
        return;
      }
      if (random.nextDouble() < chances.pushed()) {
        prompts.push();
      }
      act();
    }
    throw new AssertionError("the run does not end: " + state.phase() + " " + state.open());
  }

  private void begin() {
    RunPhase phase = RunPhase.first(settings);
    TrainingStep start = entry(StepKind.START, 0, false, List.of());
    start.setVersionAfter(1);
    start.setVersionBefore(1);
    issue(start, prompts.now(), null, phase, 0, 0);
    ledger.add(start);
    state = RunState.start(settings, start);
    inbox = new Inbox(state.offsets());
    sendOut(start);
    check();
  }

  private void act() {
    double dice = random.nextDouble();
    if (dice < 0.45) {
      answer();
    } else if (dice < 0.9) {
      receive();
    } else if (dice < 0.9 + chances.crash()) {
      crash();
    } else {
      now += random.nextInt(20_000);
    }
    decide();
  }

  /** A worker answers some task, perhaps twice, perhaps after it was resolved. */
  private void answer() {
    if (atWorkers.isEmpty()) {
      return;
    }
    int which = random.nextInt(atWorkers.size());
    OpenTask task = atWorkers.get(which);
    if (random.nextDouble() >= chances.twice()) {
      atWorkers.remove(which);
    }
    if (random.nextDouble() < chances.lost()) {
      return;
    }
    long version = task.version() + random.nextLong(state.version() - task.version() + 1);
    int partition = Math.floorMod(task.id().hashCode(), PARTITIONS);
    log.get(partition).add(group(task, version, partition, log.get(partition).size()));
  }

  private ArrivedGroup group(OpenTask task, long version, int partition, long offset) {
    boolean failed = random.nextDouble() < chances.failed();
    List<TrainingSample> samples = new ArrayList<>();
    for (double reward : prompts.rewards(task.id())) {
      samples.add(
          new TrainingSample(
              new int[] {5}, new float[] {-1}, new long[] {version}, reward, Map.of(), false));
    }
    return new ArrivedGroup(
        task.id(),
        partition,
        offset,
        failed ? Optional.of("broken") : Optional.empty(),
        new TrainingGroup(task.id().toString(), new int[] {1}, samples),
        prompts.of(task.id()),
        List.of(),
        version,
        version);
  }

  private void receive() {
    int partition = random.nextInt(PARTITIONS);
    int at = read.getOrDefault(partition, 0);
    if (at < log.get(partition).size()) {
      ArrivedGroup group = log.get(partition).get(at);
      inbox.accept(group, filtered(group.task()), state);
      read.put(partition, at + 1);
      inbox.position(partition, at + 1L);
    }
  }

  /** Follows from the task, as the real filter follows from the group. */
  private Optional<String> filtered(TaskId task) {
    double share = new SplittableRandom(task.hashCode()).nextDouble();
    return share < chances.filtered() ? Optional.of("zero-variance") : Optional.empty();
  }

  /** All that was in memory is gone; the ledger and the log are left. */
  private void crash() {
    RunState rebuilt = RunState.start(settings, ledger.getFirst());
    for (TrainingStep entry : ledger.subList(1, ledger.size())) {
      rebuilt = rebuilt.apply(entry);
    }
    assertThat(rebuilt).isEqualTo(state);
    state = rebuilt;
    prompts.forget(ledger);
    inbox = new Inbox(state.offsets());
    read.clear();
    state.offsets().forEach((partition, offset) -> read.put(partition, offset.intValue()));
  }

  private void decide() {
    Decision decision = planner.decide(state, inbox, prompts.supply(state), now);
    switch (decision) {
      case Decision.Starve starve -> {
        assertThat(starve.tasks()).isLessThan(starve.wanted());
        prompts.push();
      }
      case Decision.Issue issue -> {
        TrainingStep entry = entry(StepKind.UPDATE, 1, false, List.of());
        entry.getMetrics().put(Metrics.ISSUE, 1.0);
        commit(entry);
        assertThat(entry.getIssued()).isNotEmpty();
      }
      case Decision.Wait wait -> assertThat(wait.tasks()).isPositive();
      case Decision.Done done -> {}
      case Decision.Teach teach -> commit(entry(StepKind.SFT, 1, true, List.of()));
      case Decision.Update update -> update(update);
      case Decision.Refill refill -> {
        TrainingStep entry = entry(StepKind.UPDATE, 1, false, outcomes(refill.resolved()));
        entry.getMetrics().put(Metrics.REFILL, 1.0);
        commit(entry);
      }
      case Decision.Evaluate evaluate -> {
        List<GroupOutcome> outcomes = outcomes(evaluate.resolved());
        evaluate.greedy().forEach(g -> outcomes.add(outcome(g, TaskOutcome.EVALUATED, null)));
        evaluate.sampled().forEach(g -> outcomes.add(outcome(g, TaskOutcome.EVALUATED, null)));
        TrainingStep entry = entry(StepKind.EVAL, 1, false, outcomes);
        entry.getMetrics().put(Metrics.GREEDY, random.nextDouble() * 0.6);
        commit(entry);
      }
      case Decision.End end -> commit(entry(StepKind.END, 1, false, outcomes(end.resolved())));
    }
  }

  private void update(Decision.Update update) {
    long alive = state.training().size() - update.resolved().size();
    assertThat(update.groups()).hasSize((int) Math.min(settings.promptsPerStep(), alive));
    List<GroupOutcome> outcomes = outcomes(update.resolved());
    boolean trained = false;
    for (ArrivedGroup group : update.groups()) {
      long staleness = state.version() - group.oldest();
      worstStaleness = Math.max(worstStaleness, staleness);
      assertThat(staleness).isBetween(0L, (long) settings.maxStaleness());
      if (filtered(group.task()).isPresent()) {
        outcomes.add(outcome(group, TaskOutcome.FILTERED, "zero-variance"));
      } else {
        outcomes.add(outcome(group, TaskOutcome.TRAINED, null));
        trained = true;
      }
    }
    boolean refused = trained && random.nextInt(20) == 0;
    if (refused) {
      outcomes.stream()
          .filter(o -> o.getOutcome() == TaskOutcome.TRAINED)
          .forEach(o -> o.setOutcome(TaskOutcome.FAILED));
    }
    commit(entry(refused ? StepKind.REFUSED : StepKind.UPDATE, 1, trained && !refused, outcomes));
  }

  private TrainingStep entry(
      StepKind kind, int after, boolean changed, List<GroupOutcome> outcomes) {
    long version = state == null ? 1 : state.version();
    List<TaskId> gone = outcomes.stream().map(o -> TaskId.parse(o.getTaskId())).toList();
    Map<String, Long> offsets = new TreeMap<>();
    if (inbox != null) {
      inbox.offsets(gone).forEach((p, offset) -> offsets.put("" + p, offset));
    }
    return TrainingStep.newBuilder()
        .setRun(settings.run())
        .setStep(state == null ? 0 : state.step() + after)
        .setKind(kind)
        .setVersionBefore(version)
        .setVersionAfter(changed ? version + 1 : version)
        .setWeightsSha256("")
        .setGroups(outcomes)
        .setOffsets(offsets)
        .setMetrics(new TreeMap<>())
        .setCurriculum(
            (state == null ? prompts.now() : state.position()).issuing(Issued.NOTHING).json())
        .setStartedAt(now)
        .setFinishedAt(now)
        .build();
  }

  private void commit(TrainingStep entry) {
    RunState after = state.apply(entry);
    issue(
        entry,
        state.position(),
        state.phase(),
        after.phase(),
        after.training().size(),
        after.phase().updates());
    for (GroupOutcome outcome : entry.getGroups()) {
      TaskId id = TaskId.parse(outcome.getTaskId());
      assertThat(issued).contains(id);
      assertThat(resolved.put(id, outcome.getOutcome())).isNull();
    }
    ledger.add(entry);
    state = state.apply(entry);
    prompts.add(entry, state.phase().updates());
    inbox.resolve(entry.getGroups().stream().map(o -> TaskId.parse(o.getTaskId())).toList());
    sendOut(entry);
    check();
  }

  private void issue(
      TrainingStep entry, Position from, RunPhase before, RunPhase after, int open, int updates) {
    int train = after.trains() ? RunState.toIssue(settings, open, updates) : 0;
    boolean evaluates = after instanceof RunPhase.Evaluating && !after.equals(before);
    boolean glance = after instanceof RunPhase.Evaluating evaluating && evaluating.glance();
    var taken = prompts.take(from, train, before == null ? 0 : before.updates(), ledger);
    train = taken.prompts().size();
    var kinds =
        new Issued(
            train, evaluates ? glance ? 1 : 3 : 0, evaluates && !glance && after.trains() ? 2 : 0);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < kinds.total(); i++) {
      ids.add(new TaskId(settings.run(), entry.getStep(), i).toString());
    }
    entry.setIssued(ids);
    entry.setCurriculum(taken.after().issuing(kinds).json());
    prompts.issue(ids.subList(0, train), taken.prompts());
  }

  private void sendOut(TrainingStep entry) {
    for (String id : entry.getIssued()) {
      assertThat(issued.add(TaskId.parse(id))).isTrue();
      atWorkers.add(state.open().get(TaskId.parse(id)));
    }
  }

  /** What must hold after every entry. */
  private void check() {
    assertThat(issued).hasSize(resolved.size() + state.open().size());
    int training = state.training().size();
    assertThat(training).isLessThanOrEqualTo(settings.openTasks());
    assertThat(inbox.size()).isLessThanOrEqualTo(state.open().size());
    // What waits can be read again from the recorded offsets.
    for (Inbox.Waiting waiting : inbox.inOrder()) {
      long offset = state.offsets().getOrDefault(waiting.group().partition(), 0L);
      assertThat(offset).isLessThanOrEqualTo(waiting.group().offset());
    }
    if (state.phase().trains()
        && state.phase().updates() + 1 < settings.steps()
        && !prompts.mayLack()) {
      assertThat(training).isGreaterThanOrEqualTo(settings.promptsPerStep());
    }
  }

  private List<GroupOutcome> outcomes(List<Decision.Resolved> resolved) {
    List<GroupOutcome> outcomes = new ArrayList<>();
    resolved.forEach(
        one ->
            outcomes.add(
                one.group()
                    .map(group -> outcome(group, one.outcome(), one.reason()))
                    .orElseGet(
                        () ->
                            GroupOutcome.newBuilder()
                                .setTaskId(one.task().toString())
                                .setOutcome(one.outcome())
                                .setReason(one.reason())
                                .build())));
    return outcomes;
  }

  private GroupOutcome outcome(ArrivedGroup group, TaskOutcome outcome, String reason) {
    return new GroupOutcome(
        group.task().toString(),
        outcome,
        reason,
        group.partition(),
        group.offset(),
        group.promptId(),
        (int) group.group().samples().stream().filter(sample -> sample.reward() == 1).count());
  }
}
