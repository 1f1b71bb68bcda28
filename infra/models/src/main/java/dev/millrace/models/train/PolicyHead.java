package dev.millrace.models.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;

/** The head of a policy above its backbone: scores of tokens, and the way back from them. */
final class PolicyHead {

  private final Backbone backbone;

  PolicyHead(Backbone backbone) {
    this.backbone = backbone;
  }

  /** Log-probabilities and entropies of the scored tokens. */
  NDList score(Scope scope, Pass pass, double temperature) {
    return backbone
        .script()
        .module()
        .plain(
            scope,
            backbone.script().threads(),
            "score_head",
            pass.hidden(),
            pass.targets(),
            settings(scope, temperature, false),
            backbone.all());
  }

  /**
   * Adds the gradient of the head to those that have accumulated.
   *
   * @param loss over log-probabilities and entropies
   * @return the gradient by the hidden states
   */
  PtNDArray backward(
      Scope scope, Pass pass, LossGradient loss, double temperature, Parameters parameters) {
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
                settings(scope, temperature, usesEntropy),
                backbone.all(),
                backbone.accumulators(parameters)));
  }

  private PtNDArray settings(Scope scope, double temperature, boolean entropy) {
    return scope.doubles(
        new double[] {temperature, backbone.settings().headRows(), entropy ? 1 : 0});
  }
}
