package dev.millrace.learner.update;

import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.TrainSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The policy as it was before the first update, frozen: what the divergence is measured from. */
final class ReferencePolicy implements AutoCloseable {

  private static final String FILE = "reference";

  private final DecoderWeights weights;
  private final PolicyTrainer scorer;

  private ReferencePolicy(DecoderWeights weights, TrainSettings settings) {
    this.weights = weights;
    this.scorer = PolicyTrainer.frozen(weights, settings);
  }

  /** A copy of a policy. */
  static ReferencePolicy of(DecoderWeights policy, TrainSettings settings) {
    return new ReferencePolicy(policy.duplicate(), settings);
  }

  /** What {@link #save} wrote; null if nothing was saved. */
  static ReferencePolicy load(Path directory, DecoderWeights policy, TrainSettings settings) {
    if (!Files.exists(directory.resolve(FILE + ".safetensors"))) {
      return null;
    }
    try (Checkpoint checkpoint = Checkpoint.open(directory, FILE)) {
      return new ReferencePolicy(
          DecoderWeights.load(policy.runtime(), policy.config(), checkpoint), settings);
    }
  }

  void save(Path directory) {
    Checkpoint.write(directory, FILE, weights.tensors(), Long.MAX_VALUE);
  }

  /** Gives every row its log-probabilities under the reference. */
  void score(List<MicroBatch> batches) {
    for (MicroBatch batch : batches) {
      batch.share(scorer.score(batch.batch()).logProbs(), TrainingRow::reference);
    }
  }

  @Override
  public void close() {
    scorer.close();
    weights.close();
  }
}
