package dev.millrace.models.script;

import ai.djl.ndarray.types.DataType;

/** The number format in which a model computes. */
public enum Precision {
  FLOAT32(6, 4),
  /** Double precision: for gradient checks. */
  FLOAT64(7, 8),
  /** Half the memory and, on a GPU, twice the speed; master weights stay in float32. */
  BFLOAT16(15, 2);

  private final int scalarType;
  private final int bytes;

  Precision(int scalarType, int bytes) {
    this.scalarType = scalarType;
    this.bytes = bytes;
  }

  /** The integer that scripts use for this type (c10::ScalarType). */
  public int scalarType() {
    return scalarType;
  }

  /** Bytes of one number. */
  public int bytes() {
    return bytes;
  }

  /** The type as DJL names it; bfloat16 exists in scripts only. */
  public DataType dataType() {
    return switch (this) {
      case FLOAT32 -> DataType.FLOAT32;
      case FLOAT64 -> DataType.FLOAT64;
      case BFLOAT16 ->
          throw new IllegalStateException("bfloat16 tensors are made in scripts, not in Java");
    };
  }
}
