package dev.millrace.policy;

import dev.millrace.models.checkpoint.TensorType;
import java.util.Arrays;

/** The number format in which weights are published. */
public enum WeightsType {
  /** As they are trained: what is loaded is bit-identical. */
  FLOAT32(TensorType.F32),
  /** Half the bytes, rounded to nearest even. */
  BFLOAT16(TensorType.BF16);

  private final TensorType tensorType;

  WeightsType(TensorType tensorType) {
    this.tensorType = tensorType;
  }

  /** The type of every tensor of such a version; its name is the manifest's {@code dtype}. */
  public TensorType tensorType() {
    return tensorType;
  }

  /**
   * @param dtype of a manifest
   * @throws PolicyException if this build does not know it
   */
  static WeightsType of(String dtype) {
    return Arrays.stream(values())
        .filter(type -> type.tensorType.name().equals(dtype))
        .findFirst()
        .orElseThrow(
            () ->
                new PolicyException(
                    PolicyException.Reason.NOT_SUPPORTED,
                    "weights of the type '" + dtype + "' are not known here: F32 and BF16 are"));
  }
}
