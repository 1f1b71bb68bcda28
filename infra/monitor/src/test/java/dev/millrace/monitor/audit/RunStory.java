package dev.millrace.monitor.audit;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Sampling;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.contracts.avro.VersionSegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A short run as a learner would record it, still in memory, where a test can spoil it:
 *
 * <pre>
 * step 0 START   version 1       issues 0/0 0/1 0/2 0/3
 * step 1 UPDATE  version 1 to 2  trains 0/0 0/1             issues 1/0 1/1
 * step 2 UPDATE  version 2 to 3  trains 0/2, filters 0/3    issues 2/0 and 2/1 to evaluate
 * step 3 EVAL    version 3       evaluates 2/1              issues 3/0
 * step 4 UPDATE  version 3 to 4  trains 1/0, expires 1/1, fails 2/0
 * open: 3/0
 * </pre>
 */
final class RunStory {

  final String run;
  final List<TrainingStep> entries = new ArrayList<>();
  final List<RolloutTask> tasks = new ArrayList<>();
  final List<ScoredGroup> groups = new ArrayList<>();

  private final LogFixture log;
  private final Topics topics;

  RunStory(LogFixture log, String run, int maxStaleness) {
    this.log = log;
    this.topics = log.context().topics();
    this.run = run;
    entry(StepKind.START, 1, 1).setSettings("{\"loop\":{\"maxStaleness\":" + maxStaleness + "}}");
    issue(0, 1, 4);
    entry(StepKind.UPDATE, 1, 2);
    group("0/0", 1, 1);
    group("0/1", 1, 1);
    resolve("0/0", TaskOutcome.TRAINED, null);
    resolve("0/1", TaskOutcome.TRAINED, null);
    issue(1, 2, 2);
    entry(StepKind.UPDATE, 2, 3);
    group("0/2", 1, 2);
    group("0/3", 2, 2);
    resolve("0/2", TaskOutcome.TRAINED, null);
    resolve("0/3", TaskOutcome.FILTERED, "zero-variance");
    issue(2, 3, 2);
    tasks.getLast().setPurpose(Purpose.EVAL);
    entry(StepKind.EVAL, 3, 3);
    group("2/1", 3, 3);
    resolve("2/1", TaskOutcome.EVALUATED, null);
    issue(3, 3, 1);
    entry(StepKind.UPDATE, 3, 4);
    group("1/0", 2, 3);
    resolve("1/0", TaskOutcome.TRAINED, null);
    resolve("1/1", TaskOutcome.EXPIRED, "deadline");
    resolve("2/0", TaskOutcome.FAILED, "reward-timeout");
  }

  String id(String shortId) {
    return run + "/" + shortId;
  }

  /** The entry of this step. */
  TrainingStep step(int step) {
    return entries.get(step);
  }

  GroupOutcome outcome(String shortId) {
    return entries.stream()
        .flatMap(entry -> entry.getGroups().stream())
        .filter(group -> group.getTaskId().equals(id(shortId)))
        .findFirst()
        .orElseThrow();
  }

  TrainingStep entry(StepKind kind, long before, long after) {
    var entry =
        TrainingStep.newBuilder()
            .setRun(run)
            .setStep(entries.size())
            .setKind(kind)
            .setVersionBefore(before)
            .setVersionAfter(after)
            .setWeightsSha256("00")
            .setStartedAt(0)
            .setFinishedAt(0)
            .build();
    entry.setGroups(new ArrayList<>());
    entry.setIssued(new ArrayList<>());
    entries.add(entry);
    return entry;
  }

  private void issue(int step, long version, int count) {
    for (int i = 0; i < count; i++) {
      RolloutTask task = task(step + "/" + i, step, version);
      entries.get(step).getIssued().add(task.getTaskId());
      tasks.add(task);
    }
  }

  RolloutTask task(String shortId, long step, long version) {
    return RolloutTask.newBuilder()
        .setTaskId(id(shortId))
        .setRun(run)
        .setStep(step)
        .setPurpose(Purpose.TRAIN)
        .setPolicy("p")
        .setVersion(version)
        .setPromptId("prompt")
        .setMessages(List.of(new Message("user", "1+1=")))
        .setRewardProfile("exact")
        .setGroupSize(2)
        .setSamplingBuilder(Sampling.newBuilder().setMaxTokens(4).setSeed(1))
        .setIssuedAt(0)
        .setDeadlineAt(1)
        .build();
  }

  private void resolve(String shortId, TaskOutcome outcome, String reason) {
    entries
        .getLast()
        .getGroups()
        .add(
            GroupOutcome.newBuilder()
                .setTaskId(id(shortId))
                .setOutcome(outcome)
                .setReason(reason)
                .build());
  }

  private void group(String shortId, long first, long second) {
    groups.add(scored(shortId, first, second));
  }

  /** Two samples: one written by {@code first}, one begun by it and ended by {@code second}. */
  ScoredGroup scored(String shortId, long first, long second) {
    RolloutTask task =
        tasks.stream().filter(t -> t.getTaskId().equals(id(shortId))).findFirst().orElseThrow();
    var whole = sample(List.of(new VersionSegment(first, 0, 2)));
    var mixed = sample(List.of(new VersionSegment(first, 0, 1), new VersionSegment(second, 1, 2)));
    var group =
        SampleGroup.newBuilder()
            .setTask(task)
            .setWorker("w")
            .setPromptTokens(List.of(1, 2))
            .setSamples(List.of(whole, mixed))
            .setStartedAt(0)
            .setFinishedAt(1)
            .build();
    return ScoredGroup.newBuilder()
        .setGroup(group)
        .setWorker("r")
        .setScores(List.of(score(1), score(0)))
        .setScoredAt(2)
        .build();
  }

  private static Sample sample(List<VersionSegment> segments) {
    return Sample.newBuilder()
        .setTokens(List.of(3, 4))
        .setLogProbs(List.of(-0.1f, -0.2f))
        .setSegments(segments)
        .setText("2")
        .setFinishReason(FinishReason.STOP)
        .setStartedAt(0)
        .setFinishedAt(1)
        .build();
  }

  private static Score score(double total) {
    return new Score(total, Map.of("exact", total));
  }

  /** Writes the groups and notes in the entries where they lie. */
  RunStory writeGroups() {
    for (ScoredGroup group : groups) {
      String id = group.getGroup().getTask().getTaskId();
      var place = log.write(topics.scoredSamples(), id, group);
      entries.stream()
          .flatMap(entry -> entry.getGroups().stream())
          .filter(outcome -> outcome.getTaskId().equals(id))
          .forEach(
              outcome -> {
                outcome.setPartition(place.partition());
                outcome.setOffset(place.offset());
              });
    }
    return this;
  }

  /** Writes tasks and ledger as they stand now. */
  void writeRest() {
    tasks.forEach(task -> log.write(topics.rolloutTasks(), task.getTaskId(), task));
    entries.forEach(
        entry -> log.write(topics.trainingLedger(), run + "/" + entry.getStep(), entry));
  }

  /** The bytes of an entry, for a producer of the test's own. */
  byte[] bytes(TrainingStep entry) {
    return new AvroSerde<>(log.context().registry(), topics.trainingLedger()).write(entry);
  }
}
