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
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * The parts of a run, one after the other in one thread: supervised updates, updates, evaluations.
 * With the same settings, prompts and seeds it does what the whole loop does.
 */
public final class PlainRun implements AutoCloseable {

  /** As many as the learner makes in a row. */
  private static final int MOST_REFILLS = 10;

  private final RunSettings run;
  private final Curriculum curriculum;
  private final int stale;
  private final int together;
  private final BiFunction<String, String, Map<String, Double>> reward;
  private final PolicyFiles files;
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
   * @param reward of an answer, beside the right one: components by name, whose sum counts
   */
  public PlainRun(
      RunSettings run,
      Curriculum curriculum,
      int stale,
      int together,
      BiFunction<String, String, Map<String, Double>> reward) {
    this.run = run;
    this.curriculum = curriculum;
    this.stale = stale;
    this.together = together;
    this.reward = reward;
    this.position = curriculum.now();
    StartPolicy start = StartPolicy.open(run, null, TorchRuntime.preferred(line -> {}));
    this.files = start.files();
    this.text = PolicyText.open(files);
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
   * Supervised updates until the settings' accuracy is reached, or their entries are made.
   *
   * @return the accuracy; 0 where it was not looked for
   */
  public double warmUp() {
    double accuracy = 0;
    for (int entry = 0; entry < run.warmStart().entries(); entry++) {
      teach();
      accuracy = run.warmStart().evaluated() ? accuracy() : 0;
      if (run.warmStart().evaluated() && accuracy >= run.warmStart().until()) {
        break;
      }
    }
    return accuracy;
  }

  /**
   * What a step has done.
   *
   * @param reward mean of all samples
   * @param groups all that were sampled
   * @param report empty where no group taught anything: the weights stayed as they were
   */
  public record Step(double reward, List<TrainingGroup> groups, Optional<UpdateReport> report) {

    public int samples() {
      return groups.stream().mapToInt(group -> group.samples().size()).sum();
    }
  }

  /**
   * Samples, scores and makes an update; samples more where the algorithm wants its batch refilled.
   */
  public Step learn() {
    engine.swap(older.peekFirst(), version - older.size() + 1);
    long before = System.nanoTime();
    List<TrainingGroup> groups = new ArrayList<>(sample(run.promptsPerStep()));
    List<TrainingGroup> informative = informative(groups);
    int wanted = run.algorithm().informativeGroups(run.promptsPerStep());
    for (int i = 0; i < MOST_REFILLS && informative.size() < wanted; i++) {
      List<TrainingGroup> more = sample(wanted - informative.size());
      groups.addAll(more);
      informative.addAll(informative(more));
    }
    sampling += (System.nanoTime() - before) / 1e9;
    updates++;
    double reward =
        groups.stream()
            .flatMap(group -> group.samples().stream())
            .mapToDouble(TrainingSample::reward)
            .average()
            .orElse(0);
    return new Step(
        reward,
        groups,
        informative.isEmpty() ? Optional.empty() : Optional.of(update(informative)));
  }

  private UpdateReport update(List<TrainingGroup> groups) {
    long before = System.nanoTime();
    UpdateReport report = updater.update(groups, updates, version);
    training += (System.nanoTime() - before) / 1e9;
    gap += report.get(UpdateMetrics.LOGPROB_GAP_ALL);
    version++;
    older.addLast(updater.weights().duplicate());
    if (older.size() > stale + 1) {
      older.removeFirst().close();
    }
    return report;
  }

  private List<TrainingGroup> informative(List<TrainingGroup> groups) {
    List<TrainingGroup> informative = new ArrayList<>(groups);
    informative.removeIf(group -> updater.filter(group).isPresent());
    return informative;
  }

  private List<TrainingGroup> sample(int prompts) {
    Curriculum.Taken taken = curriculum.take(position, prompts, (int) updates);
    position = taken.after();
    List<SamplingParams> params = new ArrayList<>();
    for (int i = 0; i < prompts; i++) {
      params.add(
          SamplingParams.sampled(Seeds.train(run.seed(), tasks++), run.sampling().maxTokens())
              .withTemperature(run.sampling().temperature()));
    }
    return sample(taken.prompts(), params, run.groupSize());
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
    Map<String, Double> components = reward.apply(text.text(sequence.tokens()), answer);
    return new TrainingSample(
        sequence.tokens(),
        sequence.logProbs(),
        sequence.versions(),
        components.values().stream().mapToDouble(Double::doubleValue).sum(),
        components,
        sequence.finish() == GeneratedSequence.Finish.MAX_TOKENS);
  }

  /**
   * Writes the policy as a model directory, with which another run may begin.
   *
   * @param directory made where it does not exist
   */
  public void save(Path directory) {
    updater.weights().save(directory);
    try {
      files.writeTo(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + directory, e);
    }
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
