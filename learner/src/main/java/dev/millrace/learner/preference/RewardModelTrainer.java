package dev.millrace.learner.preference;

import ai.djl.ndarray.NDArray;
import dev.millrace.learner.algorithm.PairLoss;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.CriticTrainer;
import dev.millrace.models.train.Parameters;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import dev.millrace.models.train.ValueHead;
import dev.millrace.models.train.ValueScorer;
import java.util.ArrayList;
import java.util.List;

/**
 * Trains a reward model in place: a decoder with a value head, whose value after the last token of
 * an answer is the answer's score. Loss: -log sigmoid(chosen - rejected).
 */
final class RewardModelTrainer implements PairTrainer {

  private final CriticTrainer critic;

  /** Weights and head stay the caller's. */
  RewardModelTrainer(DecoderWeights weights, ValueHead head) {
    this.critic = new CriticTrainer(weights, head, TrainSettings.of(weights.config().vocab()));
  }

  @Override
  public Parameters parameters() {
    return critic.parameters();
  }

  @Override
  public List<Row> rows(List<PreferencePair> pairs) {
    return pairs.stream().map(pair -> new Row(pair, 0)).toList();
  }

  @Override
  public double accumulate(List<Row> rows, int of) {
    return critic.accumulate(
        sequences(rows),
        scores -> {
          NDArray values = scores.values().reshape(-1, 2);
          return PairLoss.bradleyTerry(values.get(":, 0"), values.get(":, 1")).sum().div(of);
        });
  }

  @Override
  public float[] margins(List<Row> rows) {
    float[] values = critic.values(sequences(rows));
    float[] margins = new float[rows.size()];
    for (int i = 0; i < margins.length; i++) {
      margins[i] = values[2 * i] - values[2 * i + 1];
    }
    return margins;
  }

  /** Chosen and rejected in turn. */
  private static TokenBatch sequences(List<Row> rows) {
    List<ScoredTokens> sequences = new ArrayList<>();
    for (Row row : rows) {
      sequences.add(ValueScorer.atEnd(row.pair().prompt(), row.pair().chosen()));
      sequences.add(ValueScorer.atEnd(row.pair().prompt(), row.pair().rejected()));
    }
    return TokenBatch.of(sequences);
  }

  @Override
  public void close() {
    critic.close();
  }
}
