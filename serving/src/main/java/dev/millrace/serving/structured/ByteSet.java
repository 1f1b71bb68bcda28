package dev.millrace.serving.structured;

import java.util.BitSet;

/** A set of bytes; not to be changed once it stands in a grammar. */
final class ByteSet {

  private final BitSet bits = new BitSet(256);

  static ByteSet of(int... bytes) {
    ByteSet set = new ByteSet();
    for (int b : bytes) {
      set.bits.set(b);
    }
    return set;
  }

  /** Both ends included. */
  static ByteSet range(int from, int to) {
    ByteSet set = new ByteSet();
    set.bits.set(from, to + 1);
    return set;
  }

  static ByteSet of(String ascii) {
    return of(ascii.chars().toArray());
  }

  ByteSet or(ByteSet other) {
    ByteSet both = new ByteSet();
    both.bits.or(bits);
    both.bits.or(other.bits);
    return both;
  }

  ByteSet without(ByteSet other) {
    ByteSet rest = new ByteSet();
    rest.bits.or(bits);
    rest.bits.andNot(other.bits);
    return rest;
  }

  boolean has(int b) {
    return bits.get(b);
  }

  boolean meets(ByteSet other) {
    return bits.intersects(other.bits);
  }

  void add(int b) {
    bits.set(b);
  }
}
