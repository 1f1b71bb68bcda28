package dev.millrace.models.checkpoint;

import java.util.Arrays;
import java.util.Objects;

/**
 * Name, element type and shape of a tensor; an empty shape is a scalar.
 *
 * @throws IllegalArgumentException if a dimension is negative or the tensor has more than 2^63
 *     bytes
 */
public record TensorInfo(String name, TensorType type, long[] shape) {

  public TensorInfo {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(type, "type");
    shape = shape.clone();
    byteLength(name, type, shape);
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  public long elements() {
    return byteLength() / type.bytes();
  }

  public long byteLength() {
    return byteLength(name, type, shape);
  }

  private static long byteLength(String name, TensorType type, long[] shape) {
    long product = type.bytes();
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "tensor " + name + " has a negative dimension: " + Arrays.toString(shape));
      }
      try {
        product = Math.multiplyExact(product, dimension);
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "tensor " + name + " is too large: " + Arrays.toString(shape), e);
      }
    }
    return product;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorInfo that
        && name.equals(that.name)
        && type == that.type
        && Arrays.equals(shape, that.shape);
  }

  @Override
  public int hashCode() {
    return Objects.hash(name, type, Arrays.hashCode(shape));
  }

  @Override
  public String toString() {
    return name + " " + type + Arrays.toString(shape);
  }
}
