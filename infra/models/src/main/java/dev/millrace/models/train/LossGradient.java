package dev.millrace.models.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.DecoderScript;
import dev.millrace.models.script.Scope;
import java.util.List;

/** A loss computed in Java and its gradient by the scores that it was made of. */
record LossGradient(double loss, List<PtNDArray> gradients) {

  static <S> LossGradient of(
      Scope scope,
      DecoderScript script,
      LossFunction<S> function,
      S scores,
      List<PtNDArray> leaves) {
    leaves.forEach(leaf -> leaf.setRequiresGradient(true));
    NDArray loss = Backbone.recorded(() -> function.of(scores));
    if (loss.size() != 1) {
      throw new IllegalArgumentException(
          "a loss must be one number, not an array of shape " + loss.getShape());
    }
    double value = loss.toType(DataType.FLOAT64, false).toDoubleArray()[0];
    if (!Double.isFinite(value)) {
      throw new NotFiniteException("the loss is " + value + ": no gradient was taken from it");
    }
    NDList gradients =
        script.module().differentiable(scope, script.threads(), "leaf_gradients", loss, leaves);
    return new LossGradient(value, gradients.stream().map(PtNDArray.class::cast).toList());
  }
}
