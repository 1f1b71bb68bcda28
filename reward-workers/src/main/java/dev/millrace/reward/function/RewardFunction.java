package dev.millrace.reward.function;

import java.util.List;

/**
 * Scores completions. Safe for any number of threads. Pure but for those that ask a service: the
 * same input gives the same score, in every process.
 */
public interface RewardFunction extends AutoCloseable {

  /** The smallest score. */
  double min();

  /** The largest score. */
  double max();

  /** Whether prompts must bring a reference answer. */
  boolean needsAnswer();

  /**
   * A score from {@link #min} to {@link #max}. What takes long must look at the thread's interrupt:
   * it is set when the group's deadline has passed.
   *
   * @throws RewardException when there is no score, for example because the reference is unusable
   */
  double score(RewardInput input);

  /**
   * The scores of a group, in its order; for functions that are cheaper together.
   *
   * @throws RewardException when one of them has none
   */
  default List<Double> scoreAll(List<RewardInput> group) {
    return group.stream().map(this::score).toList();
  }

  /** Frees what the function holds, such as a model; most hold nothing. */
  @Override
  default void close() {}
}
