package dev.millrace.learner.update;

import ai.djl.ndarray.NDArray;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One update of supervised fine-tuning: the mean of -l over all tokens of the answers. */
final class WarmUp {

  private final SftSettings settings;
  private final TrainedPolicy policy;

  WarmUp(SftSettings settings, TrainedPolicy policy) {
    this.settings = settings;
    this.policy = policy;
  }

  Map<String, Double> run(List<SftExample> examples, long update) {
    List<ScoredTokens> rows =
        examples.stream()
            .map(example -> ScoredTokens.of(example.prompt(), example.answer()))
            .sorted(Comparator.comparingInt(ScoredTokens::length))
            .toList();
    long tokens = rows.stream().mapToLong(ScoredTokens::count).sum();
    double rate = settings.optimizer().rates().at(update);
    return policy.wholly(false, () -> step(rows, tokens, rate));
  }

  private Map<String, Double> step(List<ScoredTokens> rows, long tokens, double rate) {
    double loss = 0;
    double[] entropy = new double[1];
    for (TokenBatch batch : TokenBatch.split(rows, settings.microBatchTokens())) {
      loss +=
          policy
              .trainer()
              .accumulate(
                  batch,
                  1,
                  scores -> {
                    entropy[0] += sum(scores.entropy());
                    return scores.logProbs().sum().div(-tokens);
                  });
    }
    Map<String, Double> out = new LinkedHashMap<>();
    out.put(UpdateMetrics.LOSS, loss);
    out.put(UpdateMetrics.GRAD_NORM, policy.step(settings.optimizer(), rate));
    out.put(UpdateMetrics.ENTROPY, entropy[0] / tokens);
    out.put(UpdateMetrics.LEARNING_RATE, rate);
    out.put(UpdateMetrics.TOKENS, (double) tokens);
    out.put(UpdateMetrics.ROWS, (double) rows.size());
    out.put(UpdateMetrics.MINI_BATCHES, 1.0);
    return out;
  }

  private static double sum(NDArray array) {
    double sum = 0;
    for (float x : array.toFloatArray()) {
      sum += x;
    }
    return sum;
  }
}
