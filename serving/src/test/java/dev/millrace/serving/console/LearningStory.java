package dev.millrace.serving.console;

import dev.millrace.contracts.Topics;
import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.PolicyVersion;
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
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderConfigJson;
import dev.millrace.models.tokenizer.BytePairTrainer;
import dev.millrace.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A run as the learner would have written it: it learns to add, and one answer holds a script. */
final class LearningStory implements AutoCloseable {

  static final String SCRIPT = "<img src=x onerror=\"window.pwned=1\">";

  private static final List<String> ANSWERS =
      List.of(
          "%d and %d make %d, so the answer is %3$d.",
          "The sum of %d and %d is %d. " + SCRIPT + " Größe, 東京",
          "First the tens of %d and %d, then the ones: %d.",
          "I think that %d plus %d is about %d or so.");

  private final ConsoleFixture fixture;
  private final Tokenizer tokenizer;
  private final Map<String, String> files;
  private final Topics topics;
  private final String run;
  private long now = System.currentTimeMillis() - 300_000;

  LearningStory(ConsoleFixture fixture, String run) {
    try {
      Path folder = Files.createTempDirectory("millrace-story-");
      BytePairTrainer.train(ANSWERS, 320, List.of("<end>"))
          .withRole("eos_token", "<end>")
          .write(folder);
      this.tokenizer = Tokenizer.open(folder);
      this.files = policyFiles(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.fixture = fixture;
    this.topics = fixture.context.topics();
    this.run = run;
  }

  /** START, then steps that grow in reward. */
  void tell(int steps) {
    begin();
    for (int step = 1; step <= steps; step++) {
      step(step, steps);
    }
  }

  void begin() {
    entry(0, StepKind.START, List.of(), Map.of(), 1, 1);
    version(1);
  }

  /** One of some steps: the reward grows from 0.2 to 0.9. */
  void step(int step, int steps) {
    List<GroupOutcome> groups = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      groups.add(group(step, i, 0.2 + 0.7 * step / steps));
    }
    entry(step, StepKind.UPDATE, groups, metrics(step, steps), step, step + 1);
    version(step + 1);
  }

  private static Map<String, Double> metrics(int step, int steps) {
    double part = (double) step / steps;
    Map<String, Double> metrics = new TreeMap<>();
    metrics.put("reward.mean", 0.2 + 0.7 * part);
    metrics.put("reward.component.numeric", 0.1 + 0.8 * part);
    metrics.put("reward.component.format", 0.6 + 0.3 * part);
    metrics.put("kl_reference", 0.02 * part);
    metrics.put("kl_behaviour", 0.001 + 0.002 * part);
    metrics.put("entropy", 1.4 - part);
    metrics.put("length.mean", 12 - 5 * part);
    metrics.put("length.max", 24.0);
    metrics.put("staleness.mean", 0.5);
    metrics.put("staleness.max", 1.0);
    metrics.put("grad_norm", 1.1 - 0.6 * part);
    metrics.put("clip_fraction", 0.05);
    metrics.put("seconds.waiting", 1.0);
    metrics.put("seconds.training", 3.0);
    metrics.put("seconds.total", 4.0);
    metrics.put("idle", 0.25);
    if (step % 4 == 0) {
      metrics.put("eval.greedy", 0.15 + 0.75 * part);
      metrics.put("eval.pass@4", 0.3 + 0.65 * part);
    }
    return metrics;
  }

  private void entry(
      long step,
      StepKind kind,
      List<GroupOutcome> groups,
      Map<String, Double> metrics,
      long before,
      long after) {
    now += 4_000;
    fixture.write(
        topics.trainingLedger(),
        run + "/" + step,
        TrainingStep.newBuilder()
            .setRun(run)
            .setStep(step)
            .setKind(kind)
            .setVersionBefore(before)
            .setVersionAfter(after)
            .setWeightsSha256("%064x".formatted(step))
            .setGroups(groups)
            .setIssued(List.of(id(step + 1, 0), id(step + 1, 1)))
            .setMetrics(metrics)
            .setStartedAt(now - 4_000)
            .setFinishedAt(now)
            .build());
  }

  private String id(long step, int index) {
    return "%s/%08d/%04d".formatted(run, step, index);
  }

  private void version(long version) {
    fixture.write(
        topics.policyVersions(),
        "policy/" + version,
        PolicyVersion.newBuilder()
            .setPolicy("policy")
            .setVersion(version)
            .setRun(run)
            .setStep(version - 1)
            .setKind(WeightsKind.FULL)
            .setPartition(0)
            .setFirstOffset(0)
            .setLastOffset(0)
            .setBytes(1_234_567)
            .setSha256("%064x".formatted(version))
            .setDtype("float32")
            .setTensors(List.of())
            .setFiles(files)
            .setPublishedAt(now)
            .build());
  }

  private GroupOutcome group(long step, int index, double reward) {
    RolloutTask task = task(step, index);
    List<Sample> samples = new ArrayList<>();
    List<Score> scores = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      samples.add(sample(step, i));
      scores.add(
          new Score(
              reward + 0.05 * i,
              new TreeMap<>(Map.of("numeric", reward, "format", 0.5 + 0.1 * i))));
    }
    SampleGroup group =
        SampleGroup.newBuilder()
            .setTask(task)
            .setWorker(index == 0 ? "rollout-a" : "rollout-b")
            .setPromptTokens(List.of(1, 2, 3))
            .setSamples(samples)
            .setStartedAt(now - 2_500)
            .setFinishedAt(now - 500)
            .build();
    fixture.write(topics.rolloutTasks(), task.getTaskId(), task);
    fixture.write(topics.samples(), task.getTaskId(), group);
    var at =
        fixture.write(
            topics.scoredSamples(),
            task.getTaskId(),
            ScoredGroup.newBuilder()
                .setGroup(group)
                .setWorker("reward-a")
                .setScores(scores)
                .setScoredAt(now - 300)
                .build());
    return GroupOutcome.newBuilder()
        .setTaskId(task.getTaskId())
        .setOutcome(index == 1 && step % 3 == 0 ? TaskOutcome.FILTERED : TaskOutcome.TRAINED)
        .setReason(index == 1 && step % 3 == 0 ? "zero-variance" : null)
        .setPartition(at.partition())
        .setOffset(at.offset())
        .build();
  }

  private RolloutTask task(long step, int index) {
    return RolloutTask.newBuilder()
        .setTaskId(id(step, index))
        .setRun(run)
        .setStep(step)
        .setPurpose(Purpose.TRAIN)
        .setPolicy("policy")
        .setVersion(step)
        .setPromptId("sum-" + step + "-" + index)
        .setMessages(
            List.of(
                new Message("system", "Answer with a number."),
                new Message("user", "What is 2" + step + " + 3" + index + "? " + SCRIPT)))
        .setAnswer("5" + step)
        .setRewardProfile("numeric")
        .setGroupSize(4)
        .setSampling(Sampling.newBuilder().setMaxTokens(24).setSeed(step).build())
        .setIssuedAt(now - 3_000)
        .setDeadlineAt(now + 60_000)
        .build();
  }

  private Sample sample(long step, int index) {
    String text = ANSWERS.get(index).formatted(20 + step, 30, 50 + step);
    List<Integer> tokens = new ArrayList<>();
    List<Float> logProbs = new ArrayList<>();
    var random = new Random(step * 31 + index);
    for (int token : tokenizer.encode(text, false)) {
      tokens.add(token);
      logProbs.add((float) -Math.pow(Math.abs(random.nextGaussian()), 3) / (1 + index));
    }
    int half = tokens.size() / 2;
    return Sample.newBuilder()
        .setTokens(tokens)
        .setLogProbs(logProbs)
        .setSegments(
            index == 0
                ? List.of(
                    new VersionSegment(step, 0, half),
                    new VersionSegment(step + 1, half, tokens.size()))
                : List.of(new VersionSegment(step, 0, tokens.size())))
        .setText(text)
        .setFinishReason(FinishReason.STOP)
        .setStartedAt(now - 2_500)
        .setFinishedAt(now - 700)
        .build();
  }

  private static Map<String, String> policyFiles(Path folder) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        files.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    files.put(
        "config.json",
        DecoderConfigJson.write(DecoderConfig.llama(400, 64, 2, 2, 1, 128, 64)).toString());
    return files;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
