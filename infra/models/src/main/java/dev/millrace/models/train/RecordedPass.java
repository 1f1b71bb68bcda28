package dev.millrace.models.train;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;
import java.util.List;

/**
 * A pass that libtorch records: it keeps the graph, or only the input of every layer is kept and
 * each is computed twice. For adapters, activation checkpointing and GPUs.
 */
final class RecordedPass implements Pass {

  private final Backbone backbone;
  private final PackedBatch batch;
  private final PtNDArray hidden;
  private final List<PtNDArray> checkpoints;
  private final PtNDArray dims;
  private final PtNDArray hyper;

  RecordedPass(Backbone backbone, Scope scope, PackedBatch batch, boolean withLora, boolean graph) {
    this.backbone = backbone;
    this.batch = batch;
    Lora lora = withLora ? backbone.lora() : null;
    dims =
        scope.longs(
            new long[] {
              batch.packing().rows(),
              batch.packing().width(),
              backbone.settings().precision().scalarType(),
              lora == null ? 0 : backbone.weights().list().size()
            });
    double dropout = lora != null && graph ? lora.settings().dropout() : 0;
    hyper = scope.doubles(new double[] {lora == null ? 0 : lora.scale(), dropout});
    if (graph && backbone.settings().checkpointing()) {
      checkpoints = layers(scope);
      hidden =
          Backbone.tensor(
              plain(scope, "checkpoint_top", checkpoints.getLast(), batch.rows(), backbone.all()));
    } else {
      checkpoints = List.of();
      hidden = top(scope, graph);
    }
  }

  private NDList plain(Scope scope, String method, Object... args) {
    return backbone.script().module().plain(scope, backbone.script().threads(), method, args);
  }

  private NDList differentiable(Scope scope, String method, Object... args) {
    return backbone
        .script()
        .module()
        .differentiable(scope, backbone.script().threads(), method, args);
  }

  private List<PtNDArray> layers(Scope scope) {
    NDList list =
        plain(
            scope,
            "checkpoints",
            batch.packing().tokens(),
            batch.packing().positions(),
            batch.packing().pad(),
            batch.packing().unpad(),
            dims,
            hyper,
            backbone.rotary().cos(),
            backbone.rotary().sin(),
            backbone.all());
    return list.stream().map(PtNDArray.class::cast).toList();
  }

  private PtNDArray top(Scope scope, boolean graph) {
    Object[] args = {
      batch.packing().tokens(),
      batch.packing().positions(),
      batch.rows(),
      batch.packing().pad(),
      batch.packing().unpad(),
      dims,
      hyper,
      backbone.rotary().cos(),
      backbone.rotary().sin(),
      backbone.all()
    };
    return Backbone.tensor(
        graph ? differentiable(scope, "hidden", args) : plain(scope, "hidden", args));
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
    List<PtNDArray> into = backbone.accumulators(parameters);
    if (checkpoints.isEmpty()) {
      differentiable(scope, "backward", hidden, gradient, backbone.all(), into);
    } else {
      differentiable(
          scope,
          "backward_checkpoints",
          checkpoints,
          gradient,
          batch.packing().tokens(),
          batch.packing().positions(),
          batch.rows(),
          batch.packing().pad(),
          batch.packing().unpad(),
          dims,
          hyper,
          backbone.rotary().cos(),
          backbone.rotary().sin(),
          backbone.all(),
          into);
    }
  }

  @Override
  public void close() {
    // The graph goes with the tensors of the scope.
  }
}
