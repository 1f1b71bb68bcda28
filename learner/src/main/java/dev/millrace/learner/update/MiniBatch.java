package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.PolicyLossSettings;
import dev.millrace.learner.algorithm.TokenWeights;
import java.util.List;

/** The rows of one optimizer step, and the denominators that are those of all of them together. */
record MiniBatch(List<MicroBatch> parts, TokenWeights weights) {

  static MiniBatch of(List<TrainingRow> rows, int microBatchTokens, PolicyLossSettings loss) {
    long tokens = rows.stream().mapToLong(TrainingRow::tokens).sum();
    return new MiniBatch(
        MicroBatch.split(rows, microBatchTokens),
        new TokenWeights(loss.aggregation(), rows.size(), tokens, loss.longest()));
  }
}
