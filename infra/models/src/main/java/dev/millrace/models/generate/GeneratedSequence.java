package dev.millrace.models.generate;

import java.util.List;

/**
 * One finished answer. All arrays have one entry a token, the stop token included.
 *
 * @param requestId the request it belongs to
 * @param index its number in the group
 * @param tokens the ids
 * @param logProbs log-probability of each token in the distribution it was drawn from (after mask,
 *     penalty, temperature and filters); 0 where temperature is 0
 * @param modelLogProbs log-probability of each token under the model as it is, at temperature 1
 * @param versions the version of the weights that wrote each token
 * @param top the alternatives that were asked for, a list a token; empty when none were
 * @param finish why it ended
 */
public record GeneratedSequence(
    String requestId,
    int index,
    int[] tokens,
    float[] logProbs,
    float[] modelLogProbs,
    long[] versions,
    List<List<Alternative>> top,
    Finish finish) {

  /** Why a sequence ended. */
  public enum Finish {
    STOP_TOKEN,
    STOP_STRING,
    MAX_TOKENS,
    /** The context of the model was full. */
    CONTEXT,
    CANCELLED
  }

  /** A token that might have been, and its log-probability under the model. */
  public record Alternative(int token, float logProb) {}
}
