package dev.millrace.models.embedding;

import java.util.Arrays;

/**
 * The distinct terms of one text with their numbers, and the distinct pairs of neighbours.
 * Reusable, not safe for several threads.
 */
final class TermCounts implements TermScanner.Sink {

  private static final int SLOTS = 1 << 9;

  private final Background background;
  private int[] slots = new int[SLOTS];
  private long[] hashes = new long[SLOTS / 2];
  private float[] weights = new float[SLOTS / 2];
  private int[] counts = new int[SLOTS / 2];
  private int[] starts = new int[SLOTS / 2 + 1];
  private boolean[] cjk = new boolean[SLOTS / 2];
  private char[] chars = new char[SLOTS * 4];
  private int size;
  private long previous;
  private float previousWeight;

  TermCounts(Background background) {
    this.background = background;
  }

  void clear() {
    if (size > 0) {
      Arrays.fill(slots, 0);
    }
    size = 0;
    starts[0] = 0;
    previous = 0;
    previousWeight = 0;
  }

  @Override
  public void term(char[] term, int length, boolean isCjk) {
    long hash = Hash.of(term, 0, length);
    float weight = background.weight(hash);
    count(hash, weight, term, length, isCjk);
    if (previousWeight > 0 && !isCjk) {
      count(Hash.pair(previous, hash), (weight + previousWeight) / 2, term, 0, false);
    }
    previous = hash;
    previousWeight = weight;
  }

  private void count(long hash, float weight, char[] term, int length, boolean isCjk) {
    int slot = find(hash);
    if (slots[slot] != 0) {
      counts[slots[slot] - 1]++;
      return;
    }
    if (size == hashes.length) {
      grow();
      slot = find(hash);
    }
    int from = starts[size];
    while (from + length > chars.length) {
      chars = Arrays.copyOf(chars, chars.length * 2);
    }
    System.arraycopy(term, 0, chars, from, length);
    hashes[size] = hash;
    weights[size] = weight;
    counts[size] = 1;
    cjk[size] = isCjk;
    starts[++size] = from + length;
    slots[slot] = size;
  }

  private int find(long hash) {
    int mask = slots.length - 1;
    int slot = (int) (hash >>> 32) & mask;
    while (slots[slot] != 0 && hashes[slots[slot] - 1] != hash) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    int capacity = hashes.length * 2;
    hashes = Arrays.copyOf(hashes, capacity);
    weights = Arrays.copyOf(weights, capacity);
    counts = Arrays.copyOf(counts, capacity);
    cjk = Arrays.copyOf(cjk, capacity);
    starts = Arrays.copyOf(starts, capacity + 1);
    slots = new int[capacity * 2];
    for (int i = 0; i < size; i++) {
      slots[find(hashes[i])] = i + 1;
    }
  }

  int size() {
    return size;
  }

  long hash(int i) {
    return hashes[i];
  }

  /** How telling the term is, in (0, 1]. */
  float weight(int i) {
    return weights[i];
  }

  int count(int i) {
    return counts[i];
  }

  boolean isCjk(int i) {
    return cjk[i];
  }

  /** A pair has no characters of its own. */
  boolean isPair(int i) {
    return starts[i] == starts[i + 1];
  }

  char[] chars() {
    return chars;
  }

  int start(int i) {
    return starts[i];
  }

  int end(int i) {
    return starts[i + 1];
  }
}
