package dev.millrace.learner.bench;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.Position;
import dev.millrace.learner.curriculum.Seeds;
import dev.millrace.learner.engine.StartPolicy;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.learner.update.SftExample;
import dev.millrace.learner.update.TrainingGroup;
import dev.millrace.learner.update.TrainingSample;
import dev.millrace.learner.update.UpdateMetrics;
import dev.millrace.learner.update.UpdateReport;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyText;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/**
 * The parts of a run, one after the other in one thread: supervised updates, updates, evaluations.
 * With the same settings, prompts and seeds it does what the whole loop does.
 */
public final class PlainRun implements AutoCloseable {

  private final RunSettings run;
  private final Curriculum curriculum;
  private final int stale;
  private final int together;
  private final ToDoubleBiFunction<String, String> reward;
  private final PolicyText text;
  private final PolicyUpdater updater;
  private final GenerationEngine engine;
  private final Deque<DecoderWeights> older = new ArrayDeque<>();
  private Position position;
  private long taught;
  private long updates;
  private long version;
  private long tasks;
  private double sampling;
  private double training;
  private double gap;

  /**
   * @param stale how many updates old the policy is that samples
   * @param together prompts that are sampled at once; matrix products of other sizes differ in
   *     their last bits
   * @param reward of an answer, beside the right one
   */
  public PlainRun(
      RunSettings run,
      Curriculum curriculum,
      int stale,
      int together,
      ToDoubleBiFunction<String, String> reward) {
    this.run = run;
    this.curriculum = curriculum;
    this.stale = stale;
    this.together = together;
    this.reward = reward;
    this.position = curriculum.now();
    StartPolicy start = StartPolicy.open(run, null, TorchRuntime.preferred(line -> {}));
    this.text = PolicyText.open(start.files());
    this.updater =
        new PolicyUpdater(start.weights(), run.algorithm(), run.warmStart().sft(), run.seed());
    int slots = together * run.groupSize();
    this.engine =
        new GenerationEngine(
            start.weights(),
            version,
            new GenerationSettings(
                slots, start.weights().config().maxPositions(), 4096, 4096, 1L << 30),
            text::text);
  }

  /** The updates of one entry of the warm start. */
  public void teach() {
    for (int i = 0; i < run.warmStart().updatesPerEntry(); i++) {
      List<SftExample> examples = new ArrayList<>();
      for (Prompt prompt : curriculum.answered(position, taught)) {
        examples.add(
            new SftExample(text.prompt(prompt.getMessages()), text.answer(prompt.getAnswer())));
      }
      updater.warmUp(examples, ++taught);
    }
  }

  /** Ends the warm start. */
  public void beginToLearn() {
    updater.resetOptimizer();
    older.addLast(updater.weights().duplicate());
  }

  /**
   * Samples, scores and makes an update; returns the mean reward. Where no group teaches anything,
   * the weights stay.
   */
  public double learn() {
    Curriculum.Taken taken = curriculum.take(position, run.promptsPerStep(), (int) updates);
    position = taken.after();
    List<SamplingParams> params = new ArrayList<>();
    for (int i = 0; i < run.promptsPerStep(); i++) {
      params.add(
          SamplingParams.sampled(Seeds.train(run.seed(), tasks++), run.sampling().maxTokens())
              .withTemperature(run.sampling().temperature()));
    }
    engine.swap(older.peekFirst(), version - older.size() + 1);
    long before = System.nanoTime();
    List<TrainingGroup> groups = sample(taken.prompts(), params, run.groupSize());
    sampling += (System.nanoTime() - before) / 1e9;
    List<TrainingGroup> informative = new ArrayList<>(groups);
    informative.removeIf(group -> updater.filter(group).isPresent());
    updates++;
    if (!informative.isEmpty()) {
      before = System.nanoTime();
      UpdateReport report = updater.update(informative, updates, version);
      training += (System.nanoTime() - before) / 1e9;
      gap += report.get(UpdateMetrics.LOGPROB_GAP_ALL);
      version++;
      older.addLast(updater.weights().duplicate());
      if (older.size() > stale + 1) {
        older.removeFirst().close();
      }
    }
    return groups.stream()
        .flatMap(group -> group.samples().stream())
        .mapToDouble(TrainingSample::reward)
        .average()
        .orElse(0);
  }

  /** Share of the held-out prompts that the newest weights answer rightly without chance. */
  public double accuracy() {
    engine.swap(updater.weights(), version);
    List<Prompt> prompts = curriculum.evaluation(position);
    List<SamplingParams> params = new ArrayList<>();
    prompts.forEach(prompt -> params.add(SamplingParams.greedy(run.sampling().maxTokens())));
    return sample(prompts, params, 1).stream()
        .mapToDouble(group -> group.samples().getFirst().reward())
        .average()
        .orElse(0);
  }

  private List<TrainingGroup> sample(
      List<Prompt> prompts, List<SamplingParams> params, int copies) {
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      requests.add(
          GenerationRequest.of(
              String.valueOf(i),
              text.prompt(prompts.get(i).getMessages()),
              copies,
              params.get(i).withStops(text.stopTokens(), run.sampling().stop())));
    }
    List<GeneratedSequence> answers = new ArrayList<>();
    for (int from = 0; from < requests.size(); from += together) {
      answers.addAll(
          engine.run(requests.subList(from, Math.min(from + together, requests.size()))));
    }
    List<TrainingGroup> groups = new ArrayList<>();
    for (int i = 0; i < prompts.size(); i++) {
      String answer = prompts.get(i).getAnswer();
      groups.add(
          new TrainingGroup(
              "plain/" + i,
              requests.get(i).prompt(),
              answers.subList(i * copies, (i + 1) * copies).stream()
                  .map(one -> scored(one, answer))
                  .toList()));
    }
    return groups;
  }

  private TrainingSample scored(GeneratedSequence sequence, String answer) {
    double score = reward.applyAsDouble(text.text(sequence.tokens()), answer);
    return new TrainingSample(
        sequence.tokens(),
        sequence.logProbs(),
        sequence.versions(),
        score,
        Map.of(),
        sequence.finish() == GeneratedSequence.Finish.MAX_TOKENS);
  }

  /** SHA-256 over the weights. */
  public String weightsSha256() {
    return updater.weightsSha256();
  }

  public double samplingSeconds() {
    return sampling;
  }

  public double trainingSeconds() {
    return training;
  }

  /** Mean difference of log-probabilities between sampler and learner. */
  public double gap() {
    return gap / Math.max(1, updates);
  }

  @Override
  public void close() {
    engine.close();
    older.forEach(DecoderWeights::close);
    updater.close();
    text.close();
  }
}
