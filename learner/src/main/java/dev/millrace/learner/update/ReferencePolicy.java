package dev.millrace.learner.update;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.Scores;
import dev.millrace.models.train.TrainSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the divergence is measured from: the policy as it was before the first update, frozen, or
 * what lies below the adapter that learns.
 */
final class ReferencePolicy implements AutoCloseable {

  private static final String FILE = "reference";

  private final DecoderWeights weights; // null: those of the policy itself
  private final PolicyTrainer scorer;

  private ReferencePolicy(DecoderWeights weights, PolicyTrainer scorer) {
    this.weights = weights;
    this.scorer = scorer;
  }

  private static ReferencePolicy frozen(DecoderWeights weights, TrainSettings settings) {
    return new ReferencePolicy(weights, PolicyTrainer.frozen(weights, settings));
  }

  /** A copy of a policy. */
  static ReferencePolicy of(DecoderWeights policy, TrainSettings settings) {
    return frozen(policy.duplicate(), settings);
  }

  /** A policy with its adapter off. */
  static ReferencePolicy below(PolicyTrainer adapted) {
    return new ReferencePolicy(null, adapted);
  }

  /** What {@link #save} wrote; null if nothing was saved. */
  static ReferencePolicy load(Path directory, DecoderWeights policy, TrainSettings settings) {
    if (!Files.exists(directory.resolve(FILE + ".safetensors"))) {
      return null;
    }
    try (Checkpoint checkpoint = Checkpoint.open(directory, FILE)) {
      return frozen(DecoderWeights.load(policy.runtime(), policy.config(), checkpoint), settings);
    }
  }

  void save(Path directory) {
    if (weights == null) {
      return; // saved with the policy
    }
    Checkpoint.write(directory, FILE, weights.tensors(), Long.MAX_VALUE);
  }

  /** Gives every row its log-probabilities under the reference. */
  void score(List<MicroBatch> batches) {
    for (MicroBatch batch : batches) {
      Scores scores =
          weights == null ? scorer.scoreWithoutAdapter(batch.batch()) : scorer.score(batch.batch());
      batch.share(scores.logProbs(), TrainingRow::reference);
    }
  }

  @Override
  public void close() {
    if (weights != null) {
      scorer.close();
      weights.close();
    }
  }
}
