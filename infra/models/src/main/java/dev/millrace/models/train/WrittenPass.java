package dev.millrace.models.train;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.Packing;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;

/**
 * A pass whose way back is written out in the script ({@code decoder_train.py}): half the operators
 * that autograd takes, gradients added where they belong.
 */
final class WrittenPass implements Pass {

  private final Backbone backbone;
  private final PackedBatch batch;
  private final TensorList kept;
  private final PtNDArray hidden;

  WrittenPass(Backbone backbone, Scope scope, PackedBatch batch, boolean back) {
    this.backbone = backbone;
    this.batch = batch;
    this.kept = TensorList.empty();
    try {
      hidden =
          call(
              scope,
              "train_forward",
              packing().tokens(),
              packing().positions(),
              batch.rows(),
              packing().pad(),
              packing().unpad(),
              packing().rows(),
              packing().width(),
              backbone.settings().precision().scalarType(),
              backbone.rotary().cos(),
              backbone.rotary().sin(),
              backbone.list(),
              kept,
              back);
    } catch (RuntimeException e) {
      kept.close();
      throw e;
    }
  }

  private Packing packing() {
    return batch.packing();
  }

  private PtNDArray call(Scope scope, String method, Object... args) {
    return Backbone.tensor(
        backbone.script().module().infer(scope, backbone.script().threads(), method, args));
  }

  @Override
  public PtNDArray hidden() {
    return hidden;
  }

  @Override
  public PtNDArray targets() {
    return batch.targets();
  }

  @Override
  public void backward(Scope scope, PtNDArray gradient, Parameters parameters) {
    call(
        scope,
        "train_backward",
        gradient,
        packing().tokens(),
        packing().positions(),
        batch.rows(),
        packing().pad(),
        packing().unpad(),
        packing().rows(),
        packing().width(),
        backbone.rotary().cos(),
        backbone.rotary().sin(),
        backbone.list(),
        backbone.sums(parameters),
        kept);
  }

  @Override
  public void close() {
    kept.close();
  }
}
