package dev.millrace.learner.preference;

import ai.djl.ndarray.NDArray;
import dev.millrace.learner.algorithm.PairLoss;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.CriticTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import dev.millrace.models.train.ValueHead;
import dev.millrace.models.train.ValueScorer;
import java.util.ArrayList;
import java.util.List;

/**
 * Trains a reward model on pairs: a decoder with a value head, whose value after the last token of
 * an answer is the answer's score. Loss: -log sigmoid(chosen - rejected).
 */
public final class RewardModelTrainer {

  private RewardModelTrainer() {}

  /**
   * Trains in place.
   *
   * @return the mean loss of the last epoch
   */
  public static double train(
      DecoderWeights weights, ValueHead head, List<PreferencePair> pairs, PairSettings settings) {
    try (CriticTrainer critic =
            new CriticTrainer(weights, head, TrainSettings.of(weights.config().vocab()));
        AdamW optimizer = new AdamW(critic.parameters(), AdamW.Settings.defaults())) {
      return PairSteps.run(
          pairs,
          settings,
          critic.parameters(),
          optimizer,
          batch ->
              critic.accumulate(
                  sequences(batch),
                  scores -> {
                    NDArray values = scores.values().reshape(-1, 2);
                    return PairLoss.bradleyTerry(values.get(":, 0"), values.get(":, 1")).mean();
                  }));
    }
  }

  /** Chosen and rejected in turn. */
  private static TokenBatch sequences(List<PreferencePair> pairs) {
    List<ScoredTokens> sequences = new ArrayList<>();
    for (PreferencePair pair : pairs) {
      sequences.add(ValueScorer.atEnd(pair.prompt(), pair.chosen()));
      sequences.add(ValueScorer.atEnd(pair.prompt(), pair.rejected()));
    }
    return TokenBatch.of(sequences);
  }

  /** The share of pairs whose chosen answer scores higher; ties count as half. */
  public static double accuracy(ValueScorer scorer, List<PreferencePair> pairs) {
    List<ScoredTokens> all = new ArrayList<>();
    for (PreferencePair pair : pairs) {
      all.addAll(sequences(List.of(pair)).sequences());
    }
    float[] scores = scorer.score(all);
    double right = 0;
    for (int i = 0; i < pairs.size(); i++) {
      right += (1 + Math.signum(scores[2 * i] - scores[2 * i + 1])) / 2;
    }
    return right / pairs.size();
  }
}
