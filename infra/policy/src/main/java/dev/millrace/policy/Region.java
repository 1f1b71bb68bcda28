package dev.millrace.policy;

import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorInfo;
import dev.millrace.models.checkpoint.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Where a tensor or a file is received: bytes {@code start} to {@code end} of a version.
 *
 * @param info null for a file
 * @param data direct; where {@code widened}, bfloat16 is kept as float32, twice as long
 */
record Region(
    String name, long start, long end, TensorInfo info, ByteBuffer data, boolean widened) {

  /** A region without memory. */
  static Region planned(String name, long start, long end, TensorInfo info) {
    return new Region(name, start, end, info, null, false);
  }

  /**
   * The region with memory of its own.
   *
   * @param asFloats whether bfloat16 is to be kept as float32
   */
  Region allocated(boolean asFloats) {
    boolean widen = asFloats && info != null && info.type() == TensorType.BF16;
    long length = (widen ? 2 : 1) * (end - start);
    if (length > Integer.MAX_VALUE - 8) {
      throw new PolicyException(
          PolicyException.Reason.NOT_SUPPORTED,
          "tensor " + name + " takes " + length + " bytes: 2 GiB are the most that is supported");
    }
    ByteBuffer memory = ByteBuffer.allocateDirect((int) length).order(ByteOrder.nativeOrder());
    return new Region(name, start, end, info, memory, widen);
  }

  boolean isTensor() {
    return info != null;
  }

  int length() {
    return (int) (end - start);
  }

  /** Takes the next {@code count} of {@code bytes} in, as those from {@code offset} on. */
  void put(int offset, ByteBuffer bytes, int count) {
    if (widened) {
      if (((offset | count) & 1) != 0) {
        throw new PolicyException(
            PolicyException.Reason.CORRUPT, "a record cuts an element of tensor " + name);
      }
      var from = bytes.slice(bytes.position(), count).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < count; i += 2) {
        data.putInt(2 * (offset + i), from.getShort(i) << 16);
      }
    } else {
      data.put(offset, bytes, bytes.position(), count);
    }
    bytes.position(bytes.position() + count);
  }

  /** The bytes as they were published. */
  ByteBuffer slice(int offset, int count) {
    if (widened) {
      Tensor floats = Tensor.of(name, TensorType.F32, info.shape(), data);
      return CastTensor.of(floats, WeightsType.BFLOAT16).slice(offset, count);
    }
    return data.slice(offset, count).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
