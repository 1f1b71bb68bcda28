package dev.millrace.monitor.audit;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.IntConsumer;

/**
 * Some whole numbers for each of many keys, in one array: open addressing with linear probing. A
 * key is kept as 128 bits of its SHA-256, so that a row costs the same however long the key is; two
 * of a billion keys meet with a probability of 10^-21. One thread at a time.
 */
final class CompactTable {

  /** What is kept of a key. */
  record Key(long high, long low) {}

  private static final int KEY_LONGS = 2;
  private static final int FIRST_SLOTS = 1 << 10;

  private final int stride;
  private final MessageDigest digest;
  private long[] data;
  private int slots = FIRST_SLOTS;
  private int size;

  /**
   * @param columns whole numbers of each key, 0 at first
   */
  CompactTable(int columns) {
    this.stride = KEY_LONGS + columns;
    this.data = new long[slots * stride];
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  int size() {
    return size;
  }

  Key key(byte[] bytes) {
    ByteBuffer hash = ByteBuffer.wrap(digest.digest(bytes));
    return new Key(hash.getLong(), hash.getLong() | 1); // never 0: that is an empty slot
  }

  Key key(int row) {
    return new Key(data[row], data[row + 1]);
  }

  /** The row of a key, or -1. Rows are good until the next {@link #row}. */
  int find(Key key) {
    int row = probe(key);
    return data[row + 1] == 0 ? -1 : row;
  }

  /** The row of a key, made when there is none. */
  int row(Key key) {
    int row = probe(key);
    if (data[row + 1] != 0) {
      return row;
    }
    if (size + 1 > slots / 10 * 7) {
      grow();
      row = probe(key);
    }
    data[row] = key.high();
    data[row + 1] = key.low();
    size++;
    return row;
  }

  long get(int row, int column) {
    return data[row + KEY_LONGS + column];
  }

  void set(int row, int column, long value) {
    data[row + KEY_LONGS + column] = value;
  }

  void forEach(IntConsumer rows) {
    for (int row = 0; row < data.length; row += stride) {
      if (data[row + 1] != 0) {
        rows.accept(row);
      }
    }
  }

  private int probe(Key key) {
    int slot = (int) (key.high() & (slots - 1));
    while (true) {
      int row = slot * stride;
      if (data[row + 1] == 0 || (data[row] == key.high() && data[row + 1] == key.low())) {
        return row;
      }
      slot = (slot + 1) & (slots - 1);
    }
  }

  private void grow() {
    if ((long) slots * 2 * stride > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "more than " + size + " keys: too many for one audit, narrow it down");
    }
    long[] old = data;
    slots *= 2;
    data = new long[slots * stride];
    for (int row = 0; row < old.length; row += stride) {
      if (old[row + 1] != 0) {
        System.arraycopy(old, row, data, probe(new Key(old[row], old[row + 1])), stride);
      }
    }
  }
}
