package dev.millrace.models.embedding;

/** Open addressing from well-mixed hashes to numbers; a hash of zero is taken for one. */
final class LongFloatTable {

  private long[] keys;
  private float[] values;
  private int size;

  LongFloatTable(int capacity) {
    int slots = Integer.highestOneBit(Math.max(16, capacity) * 2 - 1);
    keys = new long[slots];
    values = new float[slots];
  }

  void put(long hash, float value) {
    if (size * 2 >= keys.length) {
      grow();
    }
    int slot = slot(nonZero(hash));
    if (keys[slot] == 0) {
      keys[slot] = nonZero(hash);
      size++;
    }
    values[slot] = value;
  }

  float get(long hash, float absent) {
    int slot = slot(nonZero(hash));
    return keys[slot] == 0 ? absent : values[slot];
  }

  private int slot(long key) {
    int mask = keys.length - 1;
    int slot = (int) key & mask;
    while (keys[slot] != 0 && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  private void grow() {
    long[] oldKeys = keys;
    float[] oldValues = values;
    keys = new long[oldKeys.length * 2];
    values = new float[oldKeys.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldKeys[i] != 0) {
        int slot = slot(oldKeys[i]);
        keys[slot] = oldKeys[i];
        values[slot] = oldValues[i];
      }
    }
  }

  private static long nonZero(long hash) {
    return hash == 0 ? 1 : hash;
  }
}
