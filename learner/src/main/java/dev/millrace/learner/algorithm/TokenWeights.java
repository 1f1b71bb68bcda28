package dev.millrace.learner.algorithm;

/**
 * What the loss of a token counts in the loss of a mini-batch. The denominators are those of the
 * whole mini-batch, so the sum of weighted token losses over any split into micro-batches is the
 * same.
 *
 * @param sequences of the mini-batch that count
 * @param tokens of the mini-batch that count
 * @param longest answer allowed, for {@link Aggregation#CONSTANT}
 */
public record TokenWeights(Aggregation aggregation, int sequences, long tokens, int longest) {

  /**
   * The weight of each token of a sequence.
   *
   * @param length of the sequence, in tokens that count
   */
  public double of(int length) {
    return switch (aggregation) {
      case TOKEN_MEAN -> 1.0 / tokens;
      case SEQ_MEAN_TOKEN_MEAN -> 1.0 / sequences / length;
      case SEQ_MEAN_TOKEN_SUM -> 1.0 / sequences;
      case CONSTANT -> 1.0 / sequences / longest;
    };
  }
}
