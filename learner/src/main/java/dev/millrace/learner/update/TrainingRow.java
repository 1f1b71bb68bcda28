package dev.millrace.learner.update;

import dev.millrace.models.train.ScoredTokens;
import java.util.Arrays;

/** One answer on its way through an update, with what has been computed for its tokens. */
final class TrainingRow {

  private final int group;
  private final ScoredTokens sequence;
  private final TrainingSample sample;
  private double[] advantages;
  private float[] start;
  private float[] reference;
  private float[] values;
  private float[] returns;

  /**
   * @param group number of its group in the update
   */
  TrainingRow(int group, int[] prompt, TrainingSample sample) {
    this.group = group;
    this.sequence = ScoredTokens.of(prompt, sample.tokens());
    this.sample = sample;
  }

  int group() {
    return group;
  }

  ScoredTokens sequence() {
    return sequence;
  }

  TrainingSample sample() {
    return sample;
  }

  /** Tokens of the answer. */
  int tokens() {
    return sample.tokens().length;
  }

  double[] advantages() {
    return advantages;
  }

  void advantages(double[] advantages) {
    this.advantages = advantages;
  }

  /** Gives every token the same advantage. */
  void advantage(double advantage) {
    advantages = new double[tokens()];
    Arrays.fill(advantages, advantage);
  }

  /** o: log-probabilities at the start of the step; null while they are not known. */
  float[] start() {
    return start;
  }

  void start(float[] start) {
    this.start = start;
  }

  /** f: log-probabilities under the reference; null where there is none. */
  float[] reference() {
    return reference;
  }

  void reference(float[] reference) {
    this.reference = reference;
  }

  /** What the critic said at the start of the step; null where there is none. */
  float[] values() {
    return values;
  }

  void values(float[] values) {
    this.values = values;
  }

  /** What the critic should have said. */
  float[] returns() {
    return returns;
  }

  void returns(float[] returns) {
    this.returns = returns;
  }
}
