package dev.millrace.models.embedding;

/**
 * 64-bit hashes of short strings, the same on every machine. FNV-1a with the finish of SplitMix64.
 */
final class Hash {

  private static final long BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  private Hash() {}

  static long of(String word) {
    return of(word.toCharArray(), 0, word.length());
  }

  static long of(char[] chars, int from, int to) {
    long h = BASIS;
    for (int i = from; i < to; i++) {
      h = (h ^ chars[i]) * PRIME;
    }
    return mix(h);
  }

  /** Joins two hashes; order matters. */
  static long pair(long first, long second) {
    return mix(first * 31 + Long.rotateLeft(second, 17) + 0x9e3779b97f4a7c15L);
  }

  /** Stafford's variant 13 of the 64-bit finalizer, as in SplitMix64: a bijection. */
  static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
