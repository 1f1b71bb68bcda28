package dev.millrace.models.checkpoint;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** A tensor with values that are not finite, and how many of them. */
public record NonFinite(TensorInfo tensor, long nan, long infinite) {

  /** Reads all floating tensors; types without such values, and 8-bit floats, count as finite. */
  public static List<NonFinite> find(Collection<? extends Tensor> tensors) {
    List<NonFinite> found = new ArrayList<>();
    for (Tensor tensor : tensors) {
      long[] counts = new long[2];
      switch (tensor.type()) {
        case F32, F16, BF16, F64 ->
            ElementChunks.forEach(tensor, (at, chunk) -> count(tensor.type(), chunk, counts));
        default -> {
          continue;
        }
      }
      if (counts[0] + counts[1] > 0) {
        found.add(new NonFinite(tensor.info(), counts[0], counts[1]));
      }
    }
    return found;
  }

  static void require(String origin, Collection<? extends Tensor> tensors) {
    List<NonFinite> found = find(tensors);
    if (!found.isEmpty()) {
      throw new CheckpointException(
          "%s has weights that are not finite: %s"
              .formatted(
                  origin, String.join("; ", found.stream().map(NonFinite::toString).toList())));
    }
  }

  /** Not finite means: all bits of the exponent set; NaN has bits in the fraction as well. */
  private static void count(TensorType type, ByteBuffer chunk, long[] counts) {
    int width = type.bytes();
    long infinity =
        switch (type) {
          case F16 -> 0x7c00L;
          case BF16 -> 0x7f80L;
          case F32 -> 0x7f80_0000L;
          default -> 0x7ff0_0000_0000_0000L;
        };
    for (int at = 0; at < chunk.limit(); at += width) {
      long magnitude =
          switch (width) {
            case 2 -> chunk.getShort(at) & 0x7fffL;
            case 4 -> chunk.getInt(at) & 0x7fff_ffffL;
            default -> chunk.getLong(at) & Long.MAX_VALUE;
          };
      if (magnitude >= infinity) {
        counts[magnitude == infinity ? 1 : 0]++;
      }
    }
  }

  @Override
  public String toString() {
    return "%s: %d NaN, %d infinite of %d"
        .formatted(tensor.name(), nan, infinite, tensor.elements());
  }
}
