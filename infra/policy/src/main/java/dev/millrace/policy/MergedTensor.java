package dev.millrace.policy;

import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorInfo;
import dev.millrace.models.checkpoint.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A map of a model with an adapter's product in it, {@code W + scale B A}, made when it is read: in
 * float32, without libtorch.
 */
final class MergedTensor implements Tensor {

  private final Tensor weight;
  private final TensorInfo info;
  private final float[] a;
  private final float[] b;
  private final int rank;
  private final int width;
  private final float scale;
  private long row = -1;
  private final float[] product;

  /**
   * @param weight float32 [out, in]
   * @param a [rank, in]
   * @param b [out, rank]
   */
  MergedTensor(Tensor weight, Tensor a, Tensor b, double scale) {
    this.weight = weight;
    this.info = new TensorInfo(weight.name(), TensorType.F32, weight.shape());
    this.a = a.toFloats();
    this.b = b.toFloats();
    this.rank = (int) a.shape()[0];
    this.width = (int) a.shape()[1];
    this.scale = (float) scale;
    this.product = new float[width];
  }

  @Override
  public TensorInfo info() {
    return info;
  }

  /** A new buffer; ask for small slices, in ascending order. */
  @Override
  public synchronized ByteBuffer slice(long offset, int length) {
    ByteBuffer from = weight.slice(offset, length);
    ByteBuffer to = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    long element = offset / Float.BYTES;
    for (int i = 0; i < length; i += Float.BYTES, element++) {
      multiply(element / width);
      to.putFloat(i, from.getFloat(i) + product[(int) (element % width)]);
    }
    return to.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private void multiply(long wanted) {
    if (row == wanted) {
      return;
    }
    row = wanted;
    java.util.Arrays.fill(product, 0);
    for (int k = 0; k < rank; k++) {
      float factor = scale * b[(int) row * rank + k];
      int at = k * width;
      for (int i = 0; i < width; i++) {
        product[i] += factor * a[at + i];
      }
    }
  }
}
