package dev.millrace.ingest.push;

/**
 * What the journal says about every id, in 44 bytes a slot and at most 88 a document: an open
 * addressing table (linear probing) over the first 128 bits of the id's SHA-256, without objects.
 * Slots are never freed; a deleted id keeps its slot until the journal is loaded again.
 *
 * <p>Slots are named by number; a number is valid until the next {@link #slot}. Not safe for
 * several threads.
 */
final class JournalIndex {

  private static final int FIRST_CAPACITY = 1 << 10;
  private static final double MAX_LOAD = 0.75;
  private static final double GROWTH = 1.5;

  private static final int LIVE = 1;
  private static final int SEEN = 2;
  private static final int SOURCE_SHIFT = 2;

  private int capacity = FIRST_CAPACITY;
  private long[] keys = new long[2 * capacity];
  private long[] values = new long[2 * capacity];
  private long[] fingerprints = new long[capacity];
  private int[] marks = new int[capacity];
  private int used;
  private int live;

  /** The slot of an id, made if there is none. */
  int slot(String id) {
    if (used + 1 > capacity * MAX_LOAD) {
      grow();
    }
    Digest key = Digest.of(id);
    int slot = locate(key.high(), nonZero(key.low()));
    if (keys[2 * slot + 1] == 0) {
      keys[2 * slot] = key.high();
      keys[2 * slot + 1] = nonZero(key.low());
      used++;
    }
    return slot;
  }

  // A zero marks a free slot.
  private static long nonZero(long low) {
    return low == 0 ? 1 : low;
  }

  private int locate(long high, long low) {
    int slot = (int) Math.unsignedMultiplyHigh(high, capacity);
    while (keys[2 * slot + 1] != 0 && (keys[2 * slot] != high || keys[2 * slot + 1] != low)) {
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
    return slot;
  }

  private void grow() {
    int oldCapacity = capacity;
    long[] oldKeys = keys;
    long[] oldValues = values;
    long[] oldFingerprints = fingerprints;
    int[] oldMarks = marks;
    capacity = Math.toIntExact((long) (capacity * GROWTH));
    keys = new long[Math.multiplyExact(2, capacity)];
    values = new long[2 * capacity];
    fingerprints = new long[capacity];
    marks = new int[capacity];
    for (int old = 0; old < oldCapacity; old++) {
      if (oldKeys[2 * old + 1] != 0) {
        int slot = locate(oldKeys[2 * old], oldKeys[2 * old + 1]);
        System.arraycopy(oldKeys, 2 * old, keys, 2 * slot, 2);
        System.arraycopy(oldValues, 2 * old, values, 2 * slot, 2);
        fingerprints[slot] = oldFingerprints[old];
        marks[slot] = oldMarks[old];
      }
    }
  }

  boolean isLive(int slot) {
    return (marks[slot] & LIVE) != 0;
  }

  /** True when the slot's document is in the log with this content. */
  boolean holds(int slot, Digest content) {
    return isLive(slot)
        && values[2 * slot] == content.high()
        && values[2 * slot + 1] == content.low();
  }

  int source(int slot) {
    return marks[slot] >>> SOURCE_SHIFT;
  }

  long fingerprint(int slot) {
    return fingerprints[slot];
  }

  void put(int slot, Digest content, long fingerprint, int source) {
    if (!isLive(slot)) {
      live++;
    }
    values[2 * slot] = content.high();
    values[2 * slot + 1] = content.low();
    fingerprints[slot] = fingerprint;
    marks[slot] = source << SOURCE_SHIFT | marks[slot] & SEEN | LIVE;
  }

  void remove(int slot) {
    if (isLive(slot)) {
      live--;
    }
    marks[slot] &= ~LIVE;
  }

  /** Marks a slot as met; true when it was so already. */
  boolean see(int slot) {
    boolean before = isSeen(slot);
    marks[slot] |= SEEN;
    return before;
  }

  boolean isSeen(int slot) {
    return (marks[slot] & SEEN) != 0;
  }

  void forgetSeen() {
    for (int slot = 0; slot < capacity; slot++) {
      marks[slot] &= ~SEEN;
    }
  }

  /** Documents that are in the log. */
  int live() {
    return live;
  }

  /** Bytes of memory that the table takes. */
  long bytes() {
    return 44L * capacity;
  }
}
