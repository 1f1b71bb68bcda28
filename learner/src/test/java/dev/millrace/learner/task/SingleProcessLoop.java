package dev.millrace.learner.task;

import dev.millrace.learner.task.AdditionTask.Problem;
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

  /** What a step has done; {@code report} is null if no group was informative. */
  public record Step(
      double reward, double informative, UpdateReport report, List<TrainingGroup> groups) {}

  /** What an answer is worth: components by name, whose sum counts. */
  interface Reward {

    /** 1 for the right answer. */
    Reward EXACT =
        (problem, answer) -> Map.of("exact", Arrays.equals(answer, problem.answer()) ? 1.0 : 0.0);

    Map<String, Double> of(Problem problem, int[] answer);
  }

  private static final TorchRuntime CPU = TorchRuntime.cpu();

  private final Settings settings;
  private final Reward rewards;
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

  SingleProcessLoop(Settings settings) {
    this(settings, Reward.EXACT);
  }

  SingleProcessLoop(Settings settings, Reward rewards) {
    this.settings = settings;
    this.rewards = rewards;
    this.heldOut = settings.task().heldOut(500);
    this.problems = new SplittableRandom(settings.seed());
    DecoderWeights weights =
        DecoderWeights.random(CPU, config(), Initialisation.SCALED, settings.seed());
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

  /** Samples, scores, filters and makes an update. */
  Step learn() {
    step++;
    List<Problem> asked = new ArrayList<>();
    List<GenerationRequest> requests = new ArrayList<>();
    for (int i = 0; i < settings.prompts(); i++) {
      Problem problem = settings.task().training(problems);
      asked.add(problem);
      long seed = settings.seed() * 1_000_003 + step * 4_096 + i;
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
    return update(asked, answers);
  }

  private Step update(List<Problem> asked, List<GeneratedSequence> answers) {
    List<TrainingGroup> groups = new ArrayList<>();
    List<TrainingGroup> informative = new ArrayList<>();
    double reward = 0;
    for (int i = 0; i < asked.size(); i++) {
      TrainingGroup group =
          group(
              asked.get(i),
              step + "/" + i,
              answers.subList(i * settings.copies(), (i + 1) * settings.copies()));
      groups.add(group);
      reward += group.samples().stream().mapToDouble(TrainingSample::reward).sum();
      if (updater.filter(group).isEmpty()) {
        informative.add(group);
      }
    }
    UpdateReport report = null;
    if (!informative.isEmpty()) {
      report = updater.update(informative, ++updates, version);
      version++;
      adopt();
    }
    return new Step(
        reward / answers.size(), informative.size() / (double) asked.size(), report, groups);
  }

  private TrainingGroup group(Problem problem, String id, List<GeneratedSequence> answers) {
    return new TrainingGroup(
        id,
        problem.prompt(),
        answers.stream()
            .map(
                answer -> {
                  Map<String, Double> reward = rewards.of(problem, answer.tokens());
                  return new TrainingSample(
                      answer.tokens(),
                      answer.logProbs(),
                      answer.versions(),
                      reward.values().stream().mapToDouble(Double::doubleValue).sum(),
                      reward,
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
