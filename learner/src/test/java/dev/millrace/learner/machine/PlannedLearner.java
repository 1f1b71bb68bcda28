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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** The learner's own decisions, entry by entry, without topics, a model and a clock. */
final class PlannedLearner implements AnswerLengthsTest.Learner {

  private final RunSettings settings;
  private final Planner planner;
  private final List<TaskId> next = new ArrayList<>();
  private final Inbox inbox = new Inbox(Map.of());
  private RunState state;
  private Decision decision;
  private long offset;

  PlannedLearner(RunSettings settings) {
    this.settings = settings;
    this.planner = new Planner(settings);
    TrainingStep start = entry(StepKind.START, 0, 1, 1, List.of(), settings.openTasks());
    this.state = RunState.start(settings, start);
    start.getIssued().forEach(id -> next.add(TaskId.parse(id)));
  }

  @Override
  public List<TaskId> issued() {
    List<TaskId> out = List.copyOf(next);
    next.clear();
    return out;
  }

  @Override
  public long version() {
    return state.version();
  }

  @Override
  public void arrived(TaskId task, long began, long now) {
    inbox.accept(
        new ArrivedGroup(
            task,
            0,
            offset++,
            Optional.empty(),
            new TrainingGroup(task.toString(), new int[] {1}, List.of()),
            "",
            List.of(),
            began,
            state.version()),
        Optional.empty(),
        state);
  }

  @Override
  public List<TaskId> batch(long now) {
    decision = planner.decide(state, inbox, 0, now);
    return switch (decision) {
      case Decision.Update update -> {
        assertThat(update.groups())
            .hasSize(settings.promptsPerStep())
            .allMatch(group -> state.version() - group.oldest() <= settings.maxStaleness());
        yield update.groups().stream().map(ArrivedGroup::task).toList();
      }
      case Decision.Wait wait -> List.of();
      default -> throw new AssertionError(decision);
    };
  }

  @Override
  public void updated(long now) {
    List<GroupOutcome> outcomes = new ArrayList<>();
    for (ArrivedGroup group : ((Decision.Update) decision).groups()) {
      outcomes.add(
          new GroupOutcome(
              group.task().toString(),
              TaskOutcome.TRAINED,
              null,
              group.partition(),
              group.offset(),
              group.promptId(),
              -1));
    }
    int open = state.training().size() - outcomes.size();
    int issue = RunState.toIssue(settings, open, state.phase().updates() + 1);
    TrainingStep entry =
        entry(
            StepKind.UPDATE,
            state.step() + 1,
            state.version(),
            state.version() + 1,
            outcomes,
            issue);
    state = state.apply(entry);
    inbox.resolve(outcomes.stream().map(o -> TaskId.parse(o.getTaskId())).toList());
    entry.getIssued().forEach(id -> next.add(TaskId.parse(id)));
  }

  @Override
  public boolean ended() {
    return !state.phase().trains();
  }

  private TrainingStep entry(
      StepKind kind, long step, long before, long after, List<GroupOutcome> outcomes, int issue) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < issue; i++) {
      ids.add(new TaskId(settings.run(), step, i).toString());
    }
    Position from = state == null ? Position.start(Map.of()) : state.position();
    return TrainingStep.newBuilder()
        .setRun(settings.run())
        .setStep(step)
        .setKind(kind)
        .setVersionBefore(before)
        .setVersionAfter(after)
        .setWeightsSha256("")
        .setGroups(outcomes)
        .setIssued(ids)
        .setCurriculum(from.issuing(new Issued(issue, 0, 0)).json())
        .setOffsets(new TreeMap<>())
        .setMetrics(new TreeMap<>())
        .setStartedAt(0)
        .setFinishedAt(0)
        .build();
  }
}
