package dev.millrace.models.checkpoint;

import java.nio.ByteBuffer;
import java.util.Objects;

/** A tensor in a mapped file, its first byte at {@code begin}. */
record MappedTensor(TensorInfo info, FileMapping mapping, long begin) implements Tensor {

  @Override
  public ByteBuffer slice(long offset, int length) {
    Objects.checkFromIndexSize(offset, length, info.byteLength());
    return mapping.slice(begin + offset, length);
  }
}
