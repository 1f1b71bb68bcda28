package dev.millrace.models.checkpoint;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * A named tensor whose bytes lie somewhere outside of the Java heap or in it: row-major, little
 * endian, without padding.
 */
public interface Tensor {

  TensorInfo info();

  /**
   * A view of {@code length} bytes from {@code offset}, without a copy: little endian, read-only,
   * positioned at 0. This is how a tensor of more than 2 GiB is read.
   */
  ByteBuffer slice(long offset, int length);

  default String name() {
    return info().name();
  }

  default TensorType type() {
    return info().type();
  }

  default long[] shape() {
    return info().shape();
  }

  default long byteLength() {
    return info().byteLength();
  }

  /**
   * All bytes as one view without a copy. The view is read-only memory: a native tensor which
   * aliases it must never be written in place (a mapped page would end the process).
   *
   * @throws CheckpointException if the tensor is larger than one buffer can be (2 GiB)
   */
  default ByteBuffer bytes() {
    if (byteLength() > Integer.MAX_VALUE) {
      throw new CheckpointException(
          "tensor " + info() + " has " + byteLength() + " bytes: read it in slices");
    }
    return slice(0, (int) byteLength());
  }

  /**
   * A copy as floats; F16, BF16 and F64 are converted.
   *
   * @throws CheckpointException for other types, or more than 2^31 - 1 elements
   */
  default float[] toFloats() {
    return FloatConversion.toFloats(this);
  }

  /** The same bytes under another name. */
  default Tensor renamed(String name) {
    Tensor origin = this;
    TensorInfo renamed = new TensorInfo(name, type(), shape());
    return new Tensor() {
      @Override
      public TensorInfo info() {
        return renamed;
      }

      @Override
      public ByteBuffer slice(long offset, int length) {
        return origin.slice(offset, length);
      }
    };
  }

  /**
   * A tensor over the remaining bytes of {@code data}, which are not copied.
   *
   * @throws IllegalArgumentException if type and shape ask for another number of bytes
   */
  static Tensor of(String name, TensorType type, long[] shape, ByteBuffer data) {
    Objects.requireNonNull(data, "data");
    return new BufferTensor(new TensorInfo(name, type, shape), data.slice().asReadOnlyBuffer());
  }

  /** An F32 tensor with a copy of {@code values}. */
  static Tensor ofFloats(String name, long[] shape, float[] values) {
    return of(name, TensorType.F32, shape, FloatConversion.encode(values, TensorType.F32));
  }

  /** A tensor of type F32, F16 or BF16 with {@code values}, rounded to nearest even. */
  static Tensor ofFloats(String name, TensorType type, long[] shape, float[] values) {
    return of(name, type, shape, FloatConversion.encode(values, type));
  }
}
