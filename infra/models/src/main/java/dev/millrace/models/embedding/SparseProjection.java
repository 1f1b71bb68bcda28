package dev.millrace.models.embedding;

import java.util.Arrays;

/** A sum of features in few dimensions: each adds to some components that its hash chooses. */
final class SparseProjection {

  /** Non-zero components of one feature. */
  private static final int NON_ZERO = 8;

  private final float[] sum;

  SparseProjection(int dimension) {
    this.sum = new float[dimension];
  }

  void add(long feature, float value) {
    long bits = feature;
    for (int k = 0; k < NON_ZERO; k += 4) {
      bits = Hash.mix(bits + 0x9e3779b97f4a7c15L);
      long signs = bits * 0xd1342543de82ef95L;
      for (int j = 0; j < 64; j += 16) {
        int at = (int) (((bits >>> j) & 0xffff) * sum.length >>> 16);
        sum[at] += (signs >>> (63 - j / 16) & 1) == 0 ? value : -value;
      }
    }
  }

  /** The sum at length 1; a sum of nothing is a fixed direction. */
  float[] unit() {
    double square = 0;
    for (float x : sum) {
      square += (double) x * x;
    }
    if (square < 1e-20) {
      Arrays.fill(sum, 0);
      sum[0] = 1;
      return sum;
    }
    float scale = (float) (1 / Math.sqrt(square));
    for (int i = 0; i < sum.length; i++) {
      sum[i] *= scale;
    }
    return sum;
  }
}
