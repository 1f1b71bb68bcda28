package dev.millrace.models.train;

import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.Tensor;
import java.util.Arrays;
import java.util.Map;

/** Finds tensors of a saved state. */
final class SavedTensors {

  private SavedTensors() {}

  static Tensor require(String name, long[] shape, Map<String, ? extends Tensor> state) {
    Tensor tensor = state.get(name);
    if (tensor == null) {
      throw new CheckpointException("the saved state has no tensor " + name);
    }
    if (!Arrays.equals(shape, tensor.shape())) {
      throw new CheckpointException(
          "saved tensor %s is %s, expected %s"
              .formatted(name, Arrays.toString(tensor.shape()), Arrays.toString(shape)));
    }
    return tensor;
  }
}
