package dev.millrace.models.train;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;
import java.util.List;

/** A value head above a backbone: values of states, and the way back from them. */
record StateValues(Backbone backbone, ValueHead head) {

  /** The value before each scored token. */
  PtNDArray of(Scope scope, Pass pass) {
    return Backbone.tensor(
        backbone
            .script()
            .module()
            .plain(scope, backbone.script().threads(), "values", pass.hidden(), head.list()));
  }

  /** A loss over values. */
  LossGradient loss(Scope scope, PtNDArray values, LossFunction<TokenValues> function) {
    return LossGradient.of(
        scope,
        backbone.script(),
        function,
        new TokenValues(scope.manager(), values),
        List.of(values));
  }

  /**
   * Adds the gradient of the head to those that have accumulated.
   *
   * @return the gradient by the hidden states
   */
  PtNDArray backward(Scope scope, Pass pass, LossGradient loss, Parameters parameters) {
    return Backbone.tensor(
        backbone
            .script()
            .module()
            .plain(
                scope,
                backbone.script().threads(),
                "backward_values",
                pass.hidden(),
                loss.gradients().getFirst(),
                head.list(),
                List.of(
                    parameters.gradient(ValueHead.WEIGHT), parameters.gradient(ValueHead.BIAS))));
  }
}
