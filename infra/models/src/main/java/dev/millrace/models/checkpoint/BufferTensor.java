package dev.millrace.models.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/** A tensor in one buffer. */
record BufferTensor(TensorInfo info, ByteBuffer data) implements Tensor {

  BufferTensor {
    if (data.remaining() != info.byteLength()) {
      throw new IllegalArgumentException(
          "tensor %s needs %d bytes, got %d".formatted(info, info.byteLength(), data.remaining()));
    }
  }

  @Override
  public ByteBuffer slice(long offset, int length) {
    Objects.checkFromIndexSize(offset, length, info.byteLength());
    return data.slice((int) offset, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }
}
