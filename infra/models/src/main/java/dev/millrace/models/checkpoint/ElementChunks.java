package dev.millrace.models.checkpoint;

import java.nio.ByteBuffer;

/** Walks a tensor of any size in pieces that stay in the processor's cache. */
final class ElementChunks {

  /** A multiple of every element size. */
  private static final int CHUNK_BYTES = 1 << 18;

  interface Visitor {
    /** {@code chunk} holds whole elements; {@code at} is the index of its first one. */
    void visit(long at, ByteBuffer chunk);
  }

  private ElementChunks() {}

  static void forEach(Tensor tensor, Visitor visitor) {
    long total = tensor.byteLength();
    int width = tensor.type().bytes();
    for (long offset = 0; offset < total; offset += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, total - offset);
      visitor.visit(offset / width, tensor.slice(offset, length));
    }
  }
}
