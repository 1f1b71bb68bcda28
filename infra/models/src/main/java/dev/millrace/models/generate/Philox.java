package dev.millrace.models.generate;

/**
 * Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a random
 * function of key and counter without a state, so that a sequence's draws depend on nothing but its
 * seed, its number in the group and the position.
 */
final class Philox {

  private static final int M0 = 0xD2511F53;
  private static final int M1 = 0xCD9E8D57;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  private Philox() {}

  /** A number in [0, 1), with 53 random bits. */
  static double uniform(long seed, int index, int position) {
    int[] block = block(position, index, 0, 0, (int) seed, (int) (seed >>> 32));
    long bits = ((long) block[0] << 32) | (block[1] & 0xFFFFFFFFL);
    return (bits >>> 11) * 0x1.0p-53;
  }

  /** Ten rounds over a counter of four words with a key of two. */
  static int[] block(int c0, int c1, int c2, int c3, int k0, int k1) {
    int[] c = {c0, c1, c2, c3};
    for (int round = 0; round < 10; round++) {
      long p0 = (M0 & 0xFFFFFFFFL) * (c[0] & 0xFFFFFFFFL);
      long p1 = (M1 & 0xFFFFFFFFL) * (c[2] & 0xFFFFFFFFL);
      c =
          new int[] {
            (int) (p1 >>> 32) ^ c[1] ^ k0, (int) p1, (int) (p0 >>> 32) ^ c[3] ^ k1, (int) p0
          };
      k0 += W0;
      k1 += W1;
    }
    return c;
  }
}
