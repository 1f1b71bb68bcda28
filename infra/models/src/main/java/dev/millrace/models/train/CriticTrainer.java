package dev.millrace.models.train;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.Scope;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A decoder with a value head that learns: the value of the state before every scored token, and
 * the gradient of any loss made of the values in Java. Used as {@link PolicyTrainer} is; confined
 * to one thread.
 */
public final class CriticTrainer implements AutoCloseable {

  private final Backbone backbone;
  private final StateValues values;
  private final OptimizerScript optimizerScript;
  private final Parameters parameters;

  /** Trains all weights and the head, in place. */
  public CriticTrainer(DecoderWeights weights, ValueHead head, TrainSettings settings) {
    this.backbone = new Backbone(weights, null, settings);
    this.values = new StateValues(backbone, head);
    this.optimizerScript = new OptimizerScript(weights.runtime(), backbone.script().threads());
    Map<String, PtNDArray> trained = new LinkedHashMap<>(backbone.trained());
    trained.putAll(head.tensors());
    this.parameters = new Parameters(Scope.open(weights.runtime()), optimizerScript, trained);
  }

  /** What is trained. */
  public Parameters parameters() {
    return parameters;
  }

  /** The value before each scored token, without a gradient. */
  public float[] values(TokenBatch batch) {
    try (Scope scope = Scope.open(backbone.weights().runtime());
        Pass pass = backbone.forward(scope, batch, false, false)) {
      PtNDArray array = values.of(scope, pass);
      return array.toType(DataType.FLOAT32, false).toFloatArray();
    }
  }

  /**
   * Adds the gradient of a loss over one micro-batch to those that have accumulated.
   *
   * @return the value of the loss
   * @throws NotFiniteException if it is not finite; the gradients are then as they were before
   */
  public double accumulate(TokenBatch batch, LossFunction<TokenValues> function) {
    try (Scope scope = Scope.open(backbone.weights().runtime());
        Pass pass = backbone.forward(scope, batch, false, true)) {
      LossGradient loss = values.loss(scope, values.of(scope, pass), function);
      PtNDArray gradient = values.backward(scope, pass, loss, parameters);
      pass.backward(scope, gradient, parameters);
      return loss.loss();
    }
  }

  @Override
  public void close() {
    parameters.close();
    optimizerScript.close();
    backbone.close();
  }
}
