package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;

/** Sums over the tokens of each sequence, under autograd. */
final class SequenceMeans {

  private SequenceMeans() {}

  /**
   * Sums of each sequence.
   *
   * @param values [tokens]
   * @param offsets where the tokens of each sequence begin, and where all end; none is empty
   * @return [sequences]
   */
  static NDArray sums(NDManager manager, NDArray values, int[] offsets) {
    int sequences = offsets.length - 1;
    int tokens = offsets[sequences];
    int width = 0;
    for (int i = 0; i < sequences; i++) {
      width = Math.max(width, offsets[i + 1] - offsets[i]);
    }
    // Cells of the rectangle without a token read the 0 that stands behind the last one.
    long[] cells = new long[sequences * width];
    Arrays.fill(cells, tokens);
    for (int i = 0; i < sequences; i++) {
      for (int t = offsets[i]; t < offsets[i + 1]; t++) {
        cells[i * width + t - offsets[i]] = t;
      }
    }
    NDArray zero = manager.zeros(new Shape(1), values.getDataType());
    return values
        .concat(zero)
        .gather(manager.create(cells), 0)
        .reshape(sequences, width)
        .sum(new int[] {1});
  }

  /**
   * For each token the mean of its sequence.
   *
   * @return [tokens]
   */
  static NDArray spread(NDManager manager, NDArray values, int[] offsets) {
    int sequences = offsets.length - 1;
    long[] sequenceOf = new long[offsets[sequences]];
    float[] share = new float[sequences];
    for (int i = 0; i < sequences; i++) {
      Arrays.fill(sequenceOf, offsets[i], offsets[i + 1], i);
      share[i] = 1f / (offsets[i + 1] - offsets[i]);
    }
    return sums(manager, values, offsets)
        .mul(manager.create(share))
        .gather(manager.create(sequenceOf), 0);
  }
}
