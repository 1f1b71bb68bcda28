package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.SafetensorsWriter;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.Lora;
import dev.millrace.models.train.LoraFiles;
import dev.millrace.models.train.LoraLayout;
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

/**
 * The weights that learn, or the adapter over weights that do not, with gradients and the state of
 * the optimizer.
 */
final class TrainedPolicy implements AutoCloseable {

  private static final String OPTIMIZER = "optimizer";

  private static final String VALUE_HEAD = "value_head";

  private final DecoderWeights weights;
  private final Lora lora;
  private final FrozenBase base;
  private final ValueHead head;
  private final PolicyTrainer trainer;
  private final AdamW optimizer;
  private final Rollback rollback;
  private Runnable beforeChange = () -> {};

  /**
   * @param lora what learns; null: the weights
   * @param withValues whether a value head learns with it
   */
  TrainedPolicy(
      DecoderWeights weights,
      Lora lora,
      TrainSettings settings,
      OptimizerSettings optimizer,
      boolean withValues) {
    this.weights = weights;
    this.lora = lora;
    this.base = lora == null ? null : new FrozenBase(weights);
    this.head = withValues ? ValueHead.zero(weights.runtime(), weights.config()) : null;
    this.trainer = trainer(settings);
    this.optimizer = new AdamW(trainer.parameters(), optimizer.adamW());
    this.rollback = new Rollback(this.optimizer);
  }

  private PolicyTrainer trainer(TrainSettings settings) {
    if (lora != null) {
      return head == null
          ? PolicyTrainer.lora(weights, lora, settings)
          : PolicyTrainer.loraWithValues(weights, lora, head, settings);
    }
    return head == null
        ? PolicyTrainer.full(weights, settings)
        : PolicyTrainer.withValues(weights, head, settings);
  }

  /** Those that learn, or those below the adapter. */
  DecoderWeights weights() {
    return weights;
  }

  boolean adapted() {
    return lora != null;
  }

  /** What learns. */
  List<Tensor> learned() {
    return lora == null ? weights.tensors() : lora.views();
  }

  /** Over all that the policy is: its weights, or its adapter and the weights below it. */
  String sha256() {
    return lora == null ? weights.sha256() : Digests.of(List.of(base.sha256(), lora.sha256()));
  }

  /** Makes what dropout leaves out in the work to come a function of this. */
  void seedDropout(long seed) {
    if (lora != null && lora.settings().dropout() > 0) {
      trainer.seedDropout(seed);
    }
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
          beforeChange.run();
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
    beforeChange.run();
    optimizer.step(rate, settings.adamW());
    trainer.parameters().zeroGradients();
    return norm;
  }

  void beforeChange(Runnable action) {
    beforeChange = action;
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

  /**
   * @param earlier an earlier state of the same run, or null: weights that do not learn may be
   *     shared with it
   */
  void save(Path directory, Path earlier) {
    if (lora == null) {
      weights.save(directory);
    } else {
      base.save(directory, earlier);
      LoraFiles.save(lora, directory);
    }
    SafetensorsWriter.write(directory.resolve(OPTIMIZER + ".safetensors"), optimizer.state());
    if (head != null) {
      SafetensorsWriter.write(directory.resolve(VALUE_HEAD + ".safetensors"), head.save());
    }
  }

  /** Overwrites what learns, value head and optimizer in place. */
  void load(Path directory) {
    try (Checkpoint model =
            Checkpoint.open(directory, lora == null ? Checkpoint.MODEL : Checkpoint.ADAPTER);
        Checkpoint state = Checkpoint.open(directory, OPTIMIZER);
        Checkpoint values = head == null ? null : Checkpoint.open(directory, VALUE_HEAD)) {
      model.require(
          lora == null
              ? DecoderLayout.of(weights.config()).expectation(weights.config())
              : LoraLayout.expectation(weights.config(), lora.settings()));
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
    if (lora != null) {
      lora.close();
    }
    weights.close();
  }
}
