package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.SafetensorsWriter;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.NotFiniteException;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.Rollback;
import dev.millrace.models.train.TrainSettings;
import dev.millrace.models.train.ValueHead;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The weights that learn, with their gradients and the state of their optimizer. */
final class TrainedPolicy implements AutoCloseable {

  private static final String OPTIMIZER = "optimizer";

  private static final String VALUE_HEAD = "value_head";

  private final DecoderWeights weights;
  private final ValueHead head;
  private final PolicyTrainer trainer;
  private final AdamW optimizer;
  private final Rollback rollback;

  /**
   * @param withValues whether a value head learns with it
   */
  TrainedPolicy(
      DecoderWeights weights,
      TrainSettings settings,
      OptimizerSettings optimizer,
      boolean withValues) {
    this.weights = weights;
    this.head = withValues ? ValueHead.zero(weights.runtime(), weights.config()) : null;
    this.trainer =
        withValues
            ? PolicyTrainer.withValues(weights, head, settings)
            : PolicyTrainer.full(weights, settings);
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

  /** Over the optimizer and the value head, if there is one. */
  String optimizerSha256() {
    List<Tensor> tensors = new ArrayList<>(optimizer.state());
    if (head != null) {
      tensors.addAll(head.save());
    }
    return TensorDigest.sha256(tensors);
  }

  void save(Path directory) {
    weights.save(directory);
    SafetensorsWriter.write(directory.resolve(OPTIMIZER + ".safetensors"), optimizer.state());
    if (head != null) {
      SafetensorsWriter.write(directory.resolve(VALUE_HEAD + ".safetensors"), head.save());
    }
  }

  /** Overwrites weights, value head and optimizer in place. */
  void load(Path directory) {
    try (Checkpoint model = Checkpoint.open(directory);
        Checkpoint state = Checkpoint.open(directory, OPTIMIZER);
        Checkpoint values = head == null ? null : Checkpoint.open(directory, VALUE_HEAD)) {
      model.require(DecoderLayout.of(weights.config()).expectation(weights.config()));
      Map<String, Tensor> tensors = new HashMap<>(model.tensors());
      if (values != null) {
        tensors.putAll(values.tensors());
      }
      trainer.parameters().load(tensors);
      optimizer.load(state.tensors());
    }
  }

  @Override
  public void close() {
    rollback.close();
    optimizer.close();
    trainer.close();
    if (head != null) {
      head.close();
    }
    weights.close();
  }
}
