package dev.millrace.learner.bench;

import dev.millrace.learner.bench.AdditionTask.Problem;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.learner.update.SftExample;
import dev.millrace.learner.update.SftSettings;
import dev.millrace.learner.update.TrainingGroup;
import dev.millrace.learner.update.TrainingSample;
import dev.millrace.learner.update.UpdateReport;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.script.TorchRuntime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * The learning loop in one process, without Kafka: what the whole loop is compared with, in results
 * and in time. Prompts, samples, updates, one after the other.
 */
public final class SingleProcessLoop implements AutoCloseable {

  /**
   * @param task what is learned
   * @param prompts of a step
   * @param copies answers to each
   * @param stale how many updates old the policy is that samples
   */
  public record Settings(
      long seed,
      AdditionTask task,
      int prompts,
      int copies,
      int stale,
      AlgorithmSettings algorithm,
      SftSettings warmUp) {}

  /**
   * What a step has done.
   *
   * @param reward mean of all samples
   * @param informative share of the groups that taught something
   * @param report null if none did
   */
  public record Step(double reward, double informative, int samples, UpdateReport report) {}

  /** As many as the learner makes in a row. */
  private static final int MOST_REFILLS = 10;

  private static final TorchRuntime CPU = TorchRuntime.cpu();

  private final Settings settings;
  private final PolicyUpdater updater;
  private final GenerationEngine engine;
  private final SplittableRandom problems;
  private final List<Problem> heldOut;
  private final Deque<DecoderWeights> older = new ArrayDeque<>();
  private long step;
  private long updates;
  private long warmUps;
  private long version;
  private double samplingSeconds;

  /** Begins with random weights. */
  SingleProcessLoop(Settings settings) {
    this(settings, DecoderWeights.random(CPU, config(), Initialisation.SCALED, settings.seed()));
  }

  /**
   * Begins with these weights.
   *
   * @param weights owned by this object
   */
  SingleProcessLoop(Settings settings, DecoderWeights weights) {
    this.settings = settings;
    this.heldOut = settings.task().heldOut(500);
    this.problems = new SplittableRandom(settings.seed());
    this.updater =
        new PolicyUpdater(weights, settings.algorithm(), settings.warmUp(), settings.seed());
    int slots = Math.max(settings.prompts() * settings.copies(), heldOut.size());
    this.engine =
        new GenerationEngine(
            weights, version, new GenerationSettings(slots, 12, 8192, slots, 1L << 30), null);
  }

  /** The model of the small task: 140,992 weights. */
  static DecoderConfig config() {
    return DecoderConfig.llama(AdditionTask.VOCAB, 64, 3, 4, 2, 176, 16).withRopeTheta(100);
  }

  /** One update from fresh examples. */
  UpdateReport warmUp() {
    List<SftExample> examples = new ArrayList<>();
    for (int i = 0; i < settings.warmUp().batch(); i++) {
      Problem problem = settings.task().training(problems);
      examples.add(new SftExample(problem.prompt(), problem.answer()));
    }
    return updater.warmUp(examples, ++warmUps);
  }

  /** Ends the warm start. */
  void startLearning() {
    updater.resetOptimizer();
    adopt();
  }

  /**
   * Samples, scores, filters and makes an update; samples more where the algorithm wants its batch
   * refilled.
   */
  Step learn() {
    step++;
    int wanted = settings.algorithm().informativeGroups(settings.prompts());
    List<TrainingGroup> groups = new ArrayList<>(sample(settings.prompts(), 0));
    List<TrainingGroup> informative = informative(groups);
    for (int i = 0; i < MOST_REFILLS && informative.size() < wanted; i++) {
      List<TrainingGroup> more = sample(wanted - informative.size(), groups.size());
      groups.addAll(more);
      informative.addAll(informative(more));
    }
    double reward =
        groups.stream()
            .flatMap(group -> group.samples().stream())
            .mapToDouble(TrainingSample::reward)
            .average()
            .orElse(0);
    UpdateReport report = null;
    if (!informative.isEmpty()) {
      report = updater.update(informative, ++updates, version);
      version++;
      adopt();
    }
    double share = informative.size() / (double) groups.size();
    return new Step(reward, share, groups.size() * settings.copies(), report);
  }

  private List<TrainingGroup> informative(List<TrainingGroup> groups) {
    return new ArrayList<>(
        groups.stream().filter(group -> updater.filter(group).isEmpty()).toList());
  }

  /**
   * @param first number of the first group in its step; the seeds of its answers follow from it
   */
  private List<TrainingGroup> sample(int prompts, int first) {
    List<Problem> asked = new ArrayList<>();
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < prompts; i++) {
      Problem problem = settings.task().training(problems);
      asked.add(problem);
      long seed = settings.seed() * 1_000_003 + step * 4_096 + first + i;
      requests.add(
          GenerationRequest.of(
              "" + i,
              problem.prompt(),
              settings.copies(),
              SamplingParams.sampled(seed, AdditionTask.MAX_ANSWER)
                  .withTemperature(settings.algorithm().temperature())
                  .withStops(Set.of(AdditionTask.END), List.of())));
    }
    long before = System.nanoTime();
    List<GeneratedSequence> answers = engine.run(requests);
    samplingSeconds += (System.nanoTime() - before) / 1e9;
    List<TrainingGroup> groups = new ArrayList<>();
    for (int i = 0; i < prompts; i++) {
      int from = i * settings.copies();
      groups.add(
          group(
              asked.get(i),
              step + "/" + (first + i),
              answers.subList(from, from + settings.copies())));
    }
    return groups;
  }

  private static TrainingGroup group(Problem problem, String id, List<GeneratedSequence> answers) {
    return new TrainingGroup(
        id,
        problem.prompt(),
        answers.stream()
            .map(
                answer -> {
                  double reward = Arrays.equals(answer.tokens(), problem.answer()) ? 1 : 0;
                  return new TrainingSample(
                      answer.tokens(),
                      answer.logProbs(),
                      answer.versions(),
                      reward,
                      Map.of("exact", reward),
                      answer.finish() == GeneratedSequence.Finish.MAX_TOKENS);
                })
            .toList());
  }

  // The engine gets the newest weights, or those of some updates ago.
  private void adopt() {
    if (settings.stale() == 0) {
      engine.swap(updater.weights(), version);
      return;
    }
    older.addLast(updater.weights().duplicate());
    if (older.size() > settings.stale() + 1) {
      older.removeFirst().close();
    }
    engine.swap(older.peekFirst(), version - older.size() + 1);
  }

  /** Share of the held-out problems that are solved without chance. */
  double heldOutAccuracy() {
    engine.swap(updater.weights(), version);
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < heldOut.size(); i++) {
      requests.add(
          GenerationRequest.of(
              "held-out/" + i,
              heldOut.get(i).prompt(),
              1,
              SamplingParams.greedy(AdditionTask.MAX_ANSWER)
                  .withStops(Set.of(AdditionTask.END), List.of())));
    }
    List<GeneratedSequence> answers = engine.run(requests);
    int right = 0;
    for (int i = 0; i < answers.size(); i++) {
      right += Arrays.equals(answers.get(i).tokens(), heldOut.get(i).answer()) ? 1 : 0;
    }
    if (settings.stale() > 0 && !older.isEmpty()) {
      engine.swap(older.peekFirst(), version - older.size() + 1);
    }
    return right / (double) heldOut.size();
  }

  PolicyUpdater updater() {
    return updater;
  }

  long updates() {
    return updates;
  }

  double samplingSeconds() {
    return samplingSeconds;
  }

  @Override
  public void close() {
    engine.close();
    older.forEach(DecoderWeights::close);
    updater.close();
  }
}
