package dev.millrace.models.encoder;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Groups sequences of like length, so that little is spent on padding. */
final class LengthBatches {

  private LengthBatches() {}

  /**
   * @param lengths length of every sequence
   * @param maxTokens tokens of a batch with its padding; a longer sequence stands alone
   * @return indices by batch, longest sequences first
   */
  static List<int[]> of(int[] lengths, int maxTokens) {
    int[] order =
        IntStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt(i -> -lengths[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    List<int[]> out = new ArrayList<>();
    int from = 0;
    while (from < order.length) {
      int size = Math.max(1, maxTokens / Math.max(1, lengths[order[from]]));
      int to = Math.min(order.length, from + size);
      out.add(Arrays.copyOfRange(order, from, to));
      from = to;
    }
    return out;
  }
}
