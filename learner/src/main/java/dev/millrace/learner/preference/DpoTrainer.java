package dev.millrace.learner.preference;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.util.ArrayList;
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
            float[] then = reference.score(sequences).logProbs();
            float[] signs = signs(sequences);
            int[] offsets = sequences.offsets();
            return policy.accumulate(
                sequences,
                scores -> {
                  NDArray gain =
                      scores
                          .logProbs()
                          .sub(scores.manager().create(then))
                          .mul(scores.manager().create(signs));
                  NDArray pairOf = scores.manager().create(pairOf(offsets));
                  NDArray margins =
                      pairOf.matMul(gain.reshape(-1, 1)).reshape(new Shape(batch.size()));
                  return PairLoss.of(margins.mul(settings.beta()));
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

  /** +1 for tokens of chosen answers, -1 for those of rejected ones. */
  private static float[] signs(TokenBatch sequences) {
    float[] perSequence = new float[sequences.sequences().size()];
    for (int i = 0; i < perSequence.length; i++) {
      perSequence[i] = i % 2 == 0 ? 1 : -1;
    }
    return sequences.spread(perSequence);
  }

  /** [pairs, tokens]: 1 where the token belongs to the pair, so that a product sums by pair. */
  private static float[][] pairOf(int[] offsets) {
    float[][] out = new float[(offsets.length - 1) / 2][offsets[offsets.length - 1]];
    for (int pair = 0; pair < out.length; pair++) {
      java.util.Arrays.fill(out[pair], offsets[2 * pair], offsets[2 * pair + 2], 1);
    }
    return out;
  }
}
