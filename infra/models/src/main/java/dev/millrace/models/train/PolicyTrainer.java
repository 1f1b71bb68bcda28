package dev.millrace.models.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.Scope;
import java.util.List;
import java.util.Map;

/**
 * A decoder that learns: log-probabilities and entropies of given tokens, and the gradient of any
 * loss made of them in Java. The logits of a batch never stand as a whole (see {@link
 * TrainSettings#headRows}).
 *
 * <p>One step is: {@link #accumulate} for every micro-batch, {@link Parameters#clipGradients},
 * {@link AdamW#step}, {@link Parameters#zeroGradients}. Confined to one thread.
 */
public final class PolicyTrainer implements AutoCloseable {

  private final Backbone backbone;
  private final OptimizerScript optimizerScript;
  private final Parameters parameters;

  private PolicyTrainer(
      DecoderWeights weights, Lora lora, TrainSettings settings, boolean trained) {
    this.backbone = new Backbone(weights, lora, settings);
    this.optimizerScript = new OptimizerScript(weights.runtime(), backbone.script().threads());
    this.parameters =
        new Parameters(
            Scope.open(weights.runtime()),
            optimizerScript,
            trained ? backbone.trained() : Map.of());
  }

  /** Trains all weights, in place. */
  public static PolicyTrainer full(DecoderWeights weights, TrainSettings settings) {
    return new PolicyTrainer(weights, null, settings, true);
  }

  /** Trains nothing: scores of a reference, without memory for gradients. */
  public static PolicyTrainer frozen(DecoderWeights weights, TrainSettings settings) {
    return new PolicyTrainer(weights, null, settings, false);
  }

  /** Trains an adapter; the weights below it stay as they are and serve as reference. */
  public static PolicyTrainer lora(DecoderWeights weights, Lora lora, TrainSettings settings) {
    return new PolicyTrainer(weights, lora, settings, true);
  }

  /** What is trained. */
  public Parameters parameters() {
    return parameters;
  }

  /** Scores without a gradient. */
  public Scores score(TokenBatch batch) {
    return score(batch, true);
  }

  /** Scores of the model below the adapter: the reference policy of a LoRA run. */
  public Scores scoreWithoutAdapter(TokenBatch batch) {
    return score(batch, false);
  }

  private Scores score(TokenBatch batch, boolean adapter) {
    try (Scope scope = Scope.open(backbone.weights().runtime())) {
      Backbone.Pass pass = backbone.forward(scope, batch, adapter, false);
      NDList head = scoreHead(scope, pass, backbone.settings().temperature());
      return new Scores(floats(head, 0), floats(head, 1));
    }
  }

  private static float[] floats(NDList list, int index) {
    PtNDArray array = (PtNDArray) list.get(index);
    return array.toType(DataType.FLOAT32, false).toFloatArray();
  }

  /**
   * Adds the gradient of a loss over one micro-batch to those that have accumulated.
   *
   * @return the value of the loss
   * @throws NotFiniteException if it is not finite; the gradients are then as they were before
   */
  public double accumulate(TokenBatch batch, LossFunction<TokenScores> function) {
    return accumulate(batch, backbone.settings().temperature(), function);
  }

  /** The same with logits divided by another temperature than that of the settings. */
  public double accumulate(
      TokenBatch batch, double temperature, LossFunction<TokenScores> function) {
    try (Scope scope = Scope.open(backbone.weights().runtime())) {
      Backbone.Pass pass = backbone.forward(scope, batch, true, true);
      NDList head = scoreHead(scope, pass, temperature);
      PtNDArray logProbs = (PtNDArray) head.get(0);
      PtNDArray entropy = (PtNDArray) head.get(1);
      LossGradient loss =
          LossGradient.of(
              scope,
              backbone.script(),
              function,
              new TokenScores(scope.manager(), logProbs, entropy),
              List.of(logProbs, entropy));
      PtNDArray gradient = backwardHead(scope, pass, loss, temperature);
      pass.backward(scope, gradient, parameters);
      return loss.loss();
    }
  }

  private NDList scoreHead(Scope scope, Backbone.Pass pass, double temperature) {
    return backbone
        .script()
        .module()
        .plain(
            scope,
            backbone.script().threads(),
            "score_head",
            pass.hidden(),
            pass.targets(),
            headSettings(scope, temperature, false),
            backbone.all());
  }

  private PtNDArray backwardHead(
      Scope scope, Backbone.Pass pass, LossGradient loss, double temperature) {
    PtNDArray byEntropy = loss.gradients().get(1);
    boolean usesEntropy = byEntropy.abs().max().toType(DataType.FLOAT32, false).getFloat() > 0;
    return Backbone.tensor(
        backbone
            .script()
            .module()
            .plain(
                scope,
                backbone.script().threads(),
                "backward_head",
                pass.hidden(),
                pass.targets(),
                loss.gradients().get(0),
                byEntropy,
                headSettings(scope, temperature, usesEntropy),
                backbone.all(),
                backbone.accumulators(parameters)));
  }

  private PtNDArray headSettings(Scope scope, double temperature, boolean entropy) {
    return scope.doubles(
        new double[] {temperature, backbone.settings().headRows(), entropy ? 1 : 0});
  }

  @Override
  public void close() {
    parameters.close();
    optimizerScript.close();
    backbone.close();
  }
}
