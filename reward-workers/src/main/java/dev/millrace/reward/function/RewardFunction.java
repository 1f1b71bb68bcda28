package dev.millrace.reward.function;

/**
 * Scores one completion. Pure: the same input gives the same score, in every process. Safe for any
 * number of threads.
 */
public interface RewardFunction {

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
}
