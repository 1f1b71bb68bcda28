package dev.millrace.learner.preference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.learner.algorithm.PairLoss;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Direct preference optimization (Rafailov et al. 2023): -log sigmoid(beta ((l_w - f_w) - (l_l -
 * f_l))) over sequence sums, where f is the policy as it was before.
 */
public final class DpoTrainer {

  private DpoTrainer() {}

  /**
   * Trains in place; a copy of the weights is the reference.
   *
   * @return the mean loss of the last epoch
   */
  public static double train(
      DecoderWeights weights, List<PreferencePair> pairs, PairSettings settings) {
    TrainSettings how = TrainSettings.of(weights.config().vocab());
    try (DecoderWeights before = weights.duplicate();
        PolicyTrainer reference = PolicyTrainer.full(before, how);
        PolicyTrainer policy = PolicyTrainer.full(weights, how);
        AdamW optimizer = new AdamW(policy.parameters(), AdamW.Settings.defaults())) {
      return PairSteps.run(
          pairs,
          settings,
          policy.parameters(),
          optimizer,
          batch -> {
            TokenBatch sequences = sequences(batch);
            float[][] then = sums(reference.score(sequences).logProbs(), sequences.offsets());
            return policy.accumulate(
                sequences,
                scores -> {
                  NDManager manager = scores.manager();
                  NDArray sums =
                      manager
                          .create(memberships(sequences.offsets()))
                          .matMul(scores.logProbs().reshape(-1, 1))
                          .reshape(-1, 2);
                  return PairLoss.dpo(
                          sums.get(":, 0"),
                          sums.get(":, 1"),
                          manager.create(then[0]),
                          manager.create(then[1]),
                          settings.beta())
                      .mean();
                });
          });
    }
  }

  private static TokenBatch sequences(List<PreferencePair> pairs) {
    List<ScoredTokens> sequences = new ArrayList<>();
    for (PreferencePair pair : pairs) {
      sequences.add(ScoredTokens.of(pair.prompt(), pair.chosen()));
      sequences.add(ScoredTokens.of(pair.prompt(), pair.rejected()));
    }
    return TokenBatch.of(sequences);
  }

  /** Sums by sequence, those of the chosen answers first. */
  private static float[][] sums(float[] logProbs, int[] offsets) {
    float[][] sums = new float[2][(offsets.length - 1) / 2];
    for (int sequence = 0; sequence + 1 < offsets.length; sequence++) {
      double sum = 0;
      for (int token = offsets[sequence]; token < offsets[sequence + 1]; token++) {
        sum += logProbs[token];
      }
      sums[sequence % 2][sequence / 2] = (float) sum;
    }
    return sums;
  }

  /** [sequences, tokens]: 1 where the token belongs to the sequence, so that a product sums. */
  private static float[][] memberships(int[] offsets) {
    float[][] out = new float[offsets.length - 1][offsets[offsets.length - 1]];
    for (int sequence = 0; sequence < out.length; sequence++) {
      Arrays.fill(out[sequence], offsets[sequence], offsets[sequence + 1], 1);
    }
    return out;
  }
}
