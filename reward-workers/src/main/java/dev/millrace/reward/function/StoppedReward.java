package dev.millrace.reward.function;

import dev.millrace.contracts.avro.FinishReason;

/** 1 when the completion ended by itself, 0 when it was cut off. No options. */
record StoppedReward() implements RewardFunction {

  static StoppedReward from(Options options) {
    return new StoppedReward();
  }

  @Override
  public double min() {
    return 0;
  }

  @Override
  public double max() {
    return 1;
  }

  @Override
  public boolean needsAnswer() {
    return false;
  }

  @Override
  public double score(RewardInput input) {
    return input.finishReason() == FinishReason.STOP ? 1 : 0;
  }
}
