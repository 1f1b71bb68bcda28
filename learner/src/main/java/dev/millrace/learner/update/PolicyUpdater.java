package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.Lora;
import dev.millrace.models.train.TrainSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The policy that learns. Every call is a deterministic function of the state and its arguments:
 * made again from the same state, on the same kind of CPU with the same number of threads, it gives
 * the same bits. Confined to one thread.
 *
 * <p>State: weights or adapter, optimizer and, where the settings want them, the reference policy
 * and the critic. {@link #save} writes all of it. The reference is a copy of the weights before the
 * first {@link #update}; where an adapter learns, it is the weights below it.
 */
public final class PolicyUpdater implements AutoCloseable {

  private final AlgorithmSettings settings;
  private final SftSettings sft;
  private final long seed;
  private final TrainSettings training;
  private final GroupFilter filter;
  private final TrainedPolicy policy;
  private ReferencePolicy reference;
  private PolicyCritic critic;

  /**
   * @param weights trained in place; this object owns and closes them
   * @param seed of shuffles
   */
  public PolicyUpdater(
      DecoderWeights weights, AlgorithmSettings settings, SftSettings sft, long seed) {
    this(weights, null, settings, sft, seed);
  }

  /**
   * @param weights trained in place, or left as they are where there is an adapter; this object
   *     owns and closes them
   * @param lora trained in place instead; this object owns and closes it; null: there is none
   * @param seed of shuffles
   */
  public PolicyUpdater(
      DecoderWeights weights, Lora lora, AlgorithmSettings settings, SftSettings sft, long seed) {
    this.settings = settings;
    this.sft = sft;
    this.seed = seed;
    this.training =
        TrainSettings.of(weights.config().vocab())
            .withPrecision(weights.runtime().precision())
            .withTemperature(settings.temperature());
    this.filter = new GroupFilter(settings, weights.config());
    this.policy =
        new TrainedPolicy(weights, lora, training, settings.optimizer(), settings.sharesStates());
  }

  /**
   * Why a group teaches nothing or must not teach: a reason code such as {@code zero-variance} or
   * {@code empty-completion}. Empty if it may be trained on.
   */
  public Optional<String> filter(TrainingGroup group) {
    return filter.reason(group);
  }

  /**
   * Makes one update from groups.
   *
   * @param groups that have passed the filter, in the order in which they count; at least one
   * @param update counts from 1; the schedule and the shuffle depend on it
   * @param versionBefore the version of the weights as they are
   * @throws RefusedUpdateException if a loss or gradient is not finite: weights and optimizer are
   *     exactly as they were
   */
  public UpdateReport update(List<TrainingGroup> groups, long update, long versionBefore) {
    require(!groups.isEmpty(), "an update needs at least one group");
    requireCount(update);
    for (TrainingGroup group : groups) {
      Optional<String> reason = filter(group);
      require(
          reason.isEmpty() || GroupFilter.HARMLESS.contains(reason.get()),
          "group %s cannot be trained on: %s".formatted(group.taskId(), reason.orElse("")));
    }
    long before = System.nanoTime();
    policy.seedDropout(seed ^ update);
    boolean first = openOthers();
    boolean done = false;
    try {
      var work = new GroupUpdate(settings, policy, reference, critic, seed, groups);
      UpdateReport report = report(before, work.run(update, versionBefore));
      done = true;
      return report;
    } finally {
      if (first && !done) {
        closeOthers();
      }
    }
  }

  // Reference and critic begin as copies of the policy before the first update, whether it has been
  // loaded or warmed up.
  private boolean openOthers() {
    boolean first = reference == null && critic == null;
    if (settings.kl().place() != KlPlace.NONE && reference == null) {
      reference =
          policy.adapted()
              ? ReferencePolicy.below(policy.trainer())
              : ReferencePolicy.of(policy.weights(), training);
    }
    if (settings.usesCritic() && !settings.sharesStates() && critic == null) {
      critic = PolicyCritic.of(policy.weights(), training, settings.critic());
    }
    return first;
  }

  /**
   * Makes one update of supervised fine-tuning from all the examples together.
   *
   * @param update counts from 1; the schedule depends on it
   * @throws RefusedUpdateException as {@link #update}
   */
  public UpdateReport warmUp(List<SftExample> examples, long update) {
    require(!examples.isEmpty(), "an update needs at least one example");
    requireCount(update);
    long before = System.nanoTime();
    policy.seedDropout(~seed ^ update);
    return report(before, new WarmUp(sft, policy).run(examples, update));
  }

  private static UpdateReport report(long before, Map<String, Double> metrics) {
    Map<String, Double> out = new HashMap<>(metrics);
    out.put(UpdateMetrics.SECONDS, (System.nanoTime() - before) / 1e9);
    return new UpdateReport(out);
  }

  private static void requireCount(long update) {
    require(update >= 1, "updates count from 1, this is " + update);
  }

  private static void require(boolean ok, String message) {
    if (!ok) {
      throw new IllegalArgumentException(message);
    }
  }

  /** Lets the optimizer of the policy begin again, as it should after the warm start. */
  public void resetOptimizer() {
    policy.resetOptimizer();
  }

  /** To be run before every change of what {@link #learned} shows, on the caller's thread. */
  public void beforeChange(Runnable action) {
    policy.beforeChange(action);
  }

  /** The live weights: those that learn, or those below the adapter. */
  public DecoderWeights weights() {
    return policy.weights();
  }

  /** The live tensors that learn: the weights, or the adapter's. */
  public List<Tensor> learned() {
    return policy.learned();
  }

  /**
   * SHA-256 over the policy: its weights; or, where an adapter learns, one over the hashes of the
   * weights below it and of the adapter.
   */
  public String weightsSha256() {
    return policy.sha256();
  }

  /** SHA-256 over everything else that an update changes: optimizer and critic. */
  public String optimizerSha256() {
    String optimizer = policy.optimizerSha256();
    return critic == null ? optimizer : Digests.of(List.of(optimizer, critic.sha256()));
  }

  /**
   * Writes the whole state: a model directory with {@code optimizer.safetensors} in it and, where
   * they exist, an adapter's files, {@code reference.safetensors} and {@code critic.safetensors}.
   */
  public void save(Path directory) {
    save(directory, null);
  }

  /**
   * The same.
   *
   * @param earlier where an earlier state of the same run was saved, or null: what has not changed
   *     since may be shared with it
   */
  public void save(Path directory, Path earlier) {
    policy.save(directory, earlier);
    if (reference != null) {
      reference.save(directory);
    }
    if (critic != null) {
      critic.save(directory);
    }
  }

  /**
   * Goes on from what {@link #save} wrote, bit by bit as if it had not stopped.
   *
   * @throws dev.millrace.models.checkpoint.CheckpointException if a file is missing or is of
   *     another model
   */
  public void load(Path directory) {
    policy.load(directory);
    closeOthers();
    reference = ReferencePolicy.load(directory, policy.weights(), training);
    critic = PolicyCritic.load(directory, policy.weights(), training, settings.critic());
  }

  private void closeOthers() {
    if (reference != null) {
      reference.close();
      reference = null;
    }
    if (critic != null) {
      critic.close();
      critic = null;
    }
  }

  @Override
  public void close() {
    closeOthers();
    policy.close();
  }
}
