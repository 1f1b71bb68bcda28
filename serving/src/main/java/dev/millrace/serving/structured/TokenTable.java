package dev.millrace.serving.structured;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The tokens of a vocabulary by their bytes, in order, with the length of what each shares with the
 * one before it: so all tokens are followed through a grammar in one walk, and whole branches are
 * passed over at their first byte that does not fit.
 */
final class TokenTable {

  final int[] ids;
  final byte[][] bytes;
  final int[] shared;
  final ByteSet alphabet = new ByteSet();
  final int longest;

  /**
   * @param byId bytes of every token; tokens without bytes are left out
   */
  TokenTable(List<byte[]> byId) {
    ids =
        IntStream.range(0, byId.size())
            .filter(id -> byId.get(id).length > 0)
            .boxed()
            .sorted(Comparator.comparing(byId::get, Arrays::compareUnsigned))
            .mapToInt(Integer::intValue)
            .toArray();
    bytes = new byte[ids.length][];
    shared = new int[ids.length];
    int most = 0;
    for (int i = 0; i < ids.length; i++) {
      bytes[i] = byId.get(ids[i]);
      most = Math.max(most, bytes[i].length);
      if (bytes[i].length == 1) {
        alphabet.add(bytes[i][0] & 0xff);
      }
      if (i > 0) {
        int mismatch = Arrays.mismatch(bytes[i - 1], bytes[i]);
        shared[i] = mismatch < 0 ? bytes[i].length : mismatch;
      }
    }
    longest = most;
  }
}
