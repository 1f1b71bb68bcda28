package dev.millrace.learner.preference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.learner.algorithm.PairLoss;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.Parameters;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Direct preference optimization (Rafailov et al. 2023) of a policy, in place: -log sigmoid(beta
 * ((l_w - f_w) - (l_l - f_l))) over sequence sums, where f is the policy as it was before. What the
 * reference says of a pair is computed once, so that it need not stand beside the policy.
 */
final class DpoTrainer implements PairTrainer {

  private final PolicyTrainer policy;
  private final int microBatchTokens;
  private final double beta;

  /** Weights stay the caller's. */
  DpoTrainer(DecoderWeights weights, PairSettings settings) {
    this.policy = PolicyTrainer.full(weights, TrainSettings.of(weights.config().vocab()));
    this.microBatchTokens = settings.microBatchTokens();
    this.beta = settings.beta();
  }

  @Override
  public Parameters parameters() {
    return policy.parameters();
  }

  @Override
  public List<Row> rows(List<PreferencePair> pairs) {
    List<Row> bare = pairs.stream().map(pair -> new Row(pair, 0)).toList();
    List<Row> rows = new ArrayList<>();
    for (List<Row> some : PairSteps.microBatches(bare, microBatchTokens)) {
      float[] margins = margins(some);
      for (int i = 0; i < margins.length; i++) {
        rows.add(new Row(some.get(i).pair(), margins[i]));
      }
    }
    return rows;
  }

  @Override
  public double accumulate(List<Row> rows, int of) {
    TokenBatch sequences = sequences(rows);
    float[] reference = new float[rows.size()];
    for (int i = 0; i < reference.length; i++) {
      reference[i] = rows.get(i).reference();
    }
    return policy.accumulate(
        sequences,
        scores -> {
          NDManager manager = scores.manager();
          NDArray sums =
              manager
                  .create(memberships(sequences.offsets()))
                  .matMul(scores.logProbs().reshape(-1, 1))
                  .reshape(-1, 2);
          NDArray then = manager.create(reference);
          return PairLoss.dpo(
                  sums.get(":, 0"), sums.get(":, 1"), then, manager.zeros(then.getShape()), beta)
              .sum()
              .div(of);
        });
  }

  @Override
  public float[] margins(List<Row> rows) {
    TokenBatch sequences = sequences(rows);
    float[] logProbs = policy.score(sequences).logProbs();
    int[] offsets = sequences.offsets();
    float[] margins = new float[rows.size()];
    for (int i = 0; i < margins.length; i++) {
      double margin =
          sum(logProbs, offsets[2 * i], offsets[2 * i + 1])
              - sum(logProbs, offsets[2 * i + 1], offsets[2 * i + 2]);
      margins[i] = (float) (margin - rows.get(i).reference());
    }
    return margins;
  }

  private static double sum(float[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += values[i];
    }
    return sum;
  }

  private static TokenBatch sequences(List<Row> rows) {
    List<ScoredTokens> sequences = new ArrayList<>();
    for (Row row : rows) {
      sequences.add(ScoredTokens.of(row.pair().prompt(), row.pair().chosen()));
      sequences.add(ScoredTokens.of(row.pair().prompt(), row.pair().rejected()));
    }
    return TokenBatch.of(sequences);
  }

  /** [sequences, tokens]: 1 where the token belongs to the sequence, so that a product sums. */
  private static float[][] memberships(int[] offsets) {
    float[][] out = new float[offsets.length - 1][offsets[offsets.length - 1]];
    for (int sequence = 0; sequence < out.length; sequence++) {
      Arrays.fill(out[sequence], offsets[sequence], offsets[sequence + 1], 1);
    }
    return out;
  }

  @Override
  public void close() {
    policy.close();
  }
}
