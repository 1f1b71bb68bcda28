package dev.millrace.models.train;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.NativeTensors;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is trained: named tensors, each with a float32 gradient that accumulates until it is zeroed.
 * The tensors belong to others (weights, an adapter, a head), the gradients to this object.
 */
public final class Parameters implements AutoCloseable {

  private final Scope scope;
  private final Map<String, PtNDArray> tensors = new LinkedHashMap<>();
  private final Map<String, PtNDArray> gradients = new LinkedHashMap<>();
  private final OptimizerScript script;
  private TensorList gradientList;

  Parameters(Scope scope, OptimizerScript script, Map<String, PtNDArray> trained) {
    this.scope = scope;
    this.script = script;
    trained.forEach(
        (name, tensor) -> {
          tensor.setRequiresGradient(true);
          tensors.put(name, tensor);
          gradients.put(name, (PtNDArray) scope.manager().zeros(tensor.getShape()));
        });
  }

  /** Names in order. */
  public List<String> names() {
    return new ArrayList<>(tensors.keySet());
  }

  /** The live tensor of a name. */
  public PtNDArray tensor(String name) {
    return tensors.get(name);
  }

  /** The accumulated gradient of a name. */
  public PtNDArray gradient(String name) {
    return gradients.get(name);
  }

  /**
   * Overwrites the tensors with saved ones.
   *
   * @throws CheckpointException naming one that is missing or has another shape; nothing has
   *     changed then
   */
  public void load(Map<String, ? extends Tensor> saved) {
    List<PtNDArray> sources = new ArrayList<>();
    try (Scope temporary = scope.child()) {
      tensors.forEach(
          (name, tensor) ->
              sources.add(
                  NativeTensors.copy(temporary, SavedTensors.require(name, shape(tensor), saved))));
      script.copy(sources, new ArrayList<>(tensors.values()));
    }
  }

  private static long[] shape(PtNDArray tensor) {
    return tensor.getShape().getShape();
  }

  /** All tensors in order. */
  List<PtNDArray> tensors() {
    return new ArrayList<>(tensors.values());
  }

  private TensorList gradients() {
    if (gradientList == null) {
      gradientList = TensorList.of(new ArrayList<>(gradients.values()));
    }
    return gradientList;
  }

  OptimizerScript script() {
    return script;
  }

  Scope scope() {
    return scope;
  }

  /** Euclidean norm over all gradients together. */
  public double gradientNorm() {
    return script.norm(gradients());
  }

  /**
   * Scales all gradients so that their common norm is at most {@code maxNorm}.
   *
   * @return the norm before
   * @throws NotFiniteException if it is not finite: the gradients must not be used
   */
  public double clipGradients(double maxNorm) {
    double norm = gradientNorm();
    if (!Double.isFinite(norm)) {
      throw new NotFiniteException(
          "the gradient norm is " + norm + ": skip this step, its batch or loss is broken");
    }
    if (norm > maxNorm) {
      script.scale(gradients(), maxNorm / (norm + 1e-6));
    }
    return norm;
  }

  /** Forgets what has accumulated. */
  public void zeroGradients() {
    script.zero(gradients());
  }

  @Override
  public void close() {
    tensors.values().forEach(tensor -> tensor.setRequiresGradient(false));
    if (gradientList != null) {
      gradientList.close();
    }
    scope.close();
  }
}
