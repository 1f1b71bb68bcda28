package dev.millrace.ingest.source;

/** A 64-bit mixing of numbers and text that is the same in every process; not cryptographic. */
final class Mix {

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private Mix() {}

  /** The finaliser of SplitMix64 (Steele, Lea, Flood 2014) over the sum of both. */
  static long of(long seed, long value) {
    long z = seed * 31 + value + GOLDEN;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  static long of(String text) {
    long mixed = text.length();
    for (int i = 0; i < text.length(); i++) {
      mixed = of(mixed, text.charAt(i));
    }
    return mixed;
  }
}
