package dev.millrace.models.train;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.NativeTensors;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The head of a critic: one number a state, v = w h + b. */
public final class ValueHead implements AutoCloseable {

  /** Name of the weight among saved tensors. */
  public static final String WEIGHT = "v_head.weight";

  /** Name of the bias among saved tensors. */
  public static final String BIAS = "v_head.bias";

  private final Scope scope;
  private final PtNDArray weight;
  private final PtNDArray bias;

  private ValueHead(Scope scope, PtNDArray weight, PtNDArray bias) {
    this.scope = scope;
    this.weight = weight;
    this.bias = bias;
  }

  /** A head that says 0 of everything. */
  public static ValueHead zero(TorchRuntime runtime, DecoderConfig config) {
    Scope scope = Scope.open(runtime);
    return new ValueHead(
        scope, scope.zeros(DataType.FLOAT32, config.hidden()), scope.zeros(DataType.FLOAT32, 1));
  }

  /**
   * A saved head.
   *
   * @throws CheckpointException if it is not among the tensors or of another width
   */
  public static ValueHead of(
      TorchRuntime runtime, DecoderConfig config, Map<String, Tensor> saved) {
    Scope scope = Scope.open(runtime);
    try {
      return new ValueHead(
          scope, load(scope, WEIGHT, config.hidden(), saved), load(scope, BIAS, 1, saved));
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  private static PtNDArray load(Scope scope, String name, int size, Map<String, Tensor> saved) {
    Tensor tensor = saved.get(name);
    if (tensor == null || !Arrays.equals(tensor.shape(), new long[] {size})) {
      throw new CheckpointException(
          "a value head needs a tensor %s of shape [%d], not %s"
              .formatted(name, size, tensor == null ? "none" : tensor.info()));
    }
    return NativeTensors.copy(scope, tensor);
  }

  /** The head as checkpoint tensors, views of the live memory. */
  public List<Tensor> save() {
    return List.of(NativeTensors.view(WEIGHT, weight), NativeTensors.view(BIAS, bias));
  }

  Map<String, PtNDArray> tensors() {
    Map<String, PtNDArray> out = new LinkedHashMap<>();
    out.put(WEIGHT, weight);
    out.put(BIAS, bias);
    return out;
  }

  List<PtNDArray> list() {
    return List.of(weight, bias);
  }

  @Override
  public void close() {
    scope.close();
  }
}
