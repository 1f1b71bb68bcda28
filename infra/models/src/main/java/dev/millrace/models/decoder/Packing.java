package dev.millrace.models.decoder;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;
import java.util.List;

/**
 * Sequences of different lengths, one after the other, as scripts take them: tokens and positions
 * [N], and the maps between the packed tokens and the cells of a [B, T] rectangle that attention
 * works on (both empty where all lengths are equal).
 */
public record Packing(
    PtNDArray tokens, PtNDArray positions, PtNDArray pad, PtNDArray unpad, int rows, int width) {

  /**
   * Packs sequences.
   *
   * @param sequences token ids, none empty
   * @param vocab ids must be below it
   */
  public static Packing of(Scope scope, List<int[]> sequences, int vocab) {
    int b = sequences.size();
    int n = 0;
    int width = 0;
    for (int[] sequence : sequences) {
      if (sequence.length == 0) {
        throw new IllegalArgumentException("a sequence is empty");
      }
      n += sequence.length;
      width = Math.max(width, sequence.length);
    }
    if (b == 0) {
      throw new IllegalArgumentException("no sequences");
    }
    long[] tokens = new long[n];
    long[] positions = new long[n];
    boolean even = n == b * width;
    long[] pad = new long[even ? 0 : b * width];
    long[] unpad = new long[even ? 0 : n];
    int at = 0;
    for (int row = 0; row < b; row++) {
      int[] sequence = sequences.get(row);
      for (int i = 0; i < sequence.length; i++, at++) {
        tokens[at] = checked(sequence[i], vocab);
        positions[at] = i;
        if (!even) {
          pad[row * width + i] = at;
          unpad[at] = (long) row * width + i;
        }
      }
    }
    return new Packing(
        scope.longs(tokens),
        scope.longs(positions),
        indices(scope, pad),
        indices(scope, unpad),
        b,
        width);
  }

  /**
   * @throws IllegalArgumentException if a token is not of the vocabulary
   */
  public static long checked(int token, int vocab) {
    if (token < 0 || token >= vocab) {
      throw new IllegalArgumentException(
          "token id " + token + " is outside of the vocabulary of " + vocab);
    }
    return token;
  }

  /** A tensor of indices; an empty one where there are none. */
  public static PtNDArray indices(Scope scope, long[] values) {
    return values.length == 0 ? scope.zeros(DataType.INT64, 0) : scope.longs(values);
  }
}
