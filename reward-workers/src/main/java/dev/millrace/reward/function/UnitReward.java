package dev.millrace.reward.function;

/** A reward from 0 to 1. */
interface UnitReward extends RewardFunction {

  @Override
  default double min() {
    return 0;
  }

  @Override
  default double max() {
    return 1;
  }

  @Override
  default boolean needsAnswer() {
    return false;
  }
}
