package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.SafetensorsWriter;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.NotFiniteException;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.Rollback;
import dev.millrace.models.train.TrainSettings;
import java.nio.file.Path;
import java.util.function.Supplier;

/** The weights that learn, with their gradients and the state of their optimizer. */
final class TrainedPolicy implements AutoCloseable {

  private static final String OPTIMIZER = "optimizer";

  private final DecoderWeights weights;
  private final PolicyTrainer trainer;
  private final AdamW optimizer;
  private final Rollback rollback;

  TrainedPolicy(DecoderWeights weights, TrainSettings settings, OptimizerSettings optimizer) {
    this.weights = weights;
    this.trainer = PolicyTrainer.full(weights, settings);
    this.optimizer = new AdamW(trainer.parameters(), optimizer.adamW());
    this.rollback = new Rollback(this.optimizer);
  }

  DecoderWeights weights() {
    return weights;
  }

  PolicyTrainer trainer() {
    return trainer;
  }

  /**
   * Does work that ends with optimizer steps, wholly or not at all.
   *
   * @param several whether more than one step is to come, or work that may fail after a step
   * @throws RefusedUpdateException if a loss or gradient was not finite
   */
  <T> T wholly(boolean several, Supplier<T> work) {
    if (several) {
      rollback.remember();
    }
    boolean done = false;
    try {
      T result = work.get();
      done = true;
      return result;
    } catch (NotFiniteException e) {
      throw new RefusedUpdateException("update refused: " + e.getMessage(), e);
    } finally {
      if (!done) {
        trainer.parameters().zeroGradients();
        if (several) {
          rollback.restore();
        }
      }
    }
  }

  /**
   * Makes a step along what has accumulated.
   *
   * @return norm of the gradient before it was clipped
   * @throws NotFiniteException if that is not finite; nothing has changed then
   */
  double step(OptimizerSettings settings, double rate) {
    double norm = trainer.parameters().clipGradients(settings.gradNorm());
    optimizer.step(rate, settings.adamW());
    trainer.parameters().zeroGradients();
    return norm;
  }

  void resetOptimizer() {
    optimizer.reset();
  }

  String optimizerSha256() {
    return TensorDigest.sha256(optimizer.state());
  }

  void save(Path directory) {
    weights.save(directory);
    SafetensorsWriter.write(directory.resolve(OPTIMIZER + ".safetensors"), optimizer.state());
  }

  /** Overwrites weights and optimizer in place. */
  void load(Path directory) {
    try (Checkpoint model = Checkpoint.open(directory);
        Checkpoint state = Checkpoint.open(directory, OPTIMIZER)) {
      model.require(DecoderLayout.of(weights.config()).expectation(weights.config()));
      trainer.parameters().load(model.tensors());
      optimizer.load(state.tensors());
    }
  }

  @Override
  public void close() {
    rollback.close();
    optimizer.close();
    trainer.close();
    weights.close();
  }
}
