package dev.millrace.monitor.lag;

import java.util.Arrays;

/**
 * When one partition reached which end offset: points (time, offset), both only growing, between
 * which its producers are taken to have been steady. Answers when a record was written.
 *
 * <p>An idle time is two points of the same offset, its begin and its end, so that what is written
 * after it is not dated back into it. Of at most {@value #MOST} points the one that matters least
 * makes room: whose absence shifts a time least, measured against the age of that time (the rule of
 * Visvalingam and Whyatt for lines, with age in place of area).
 */
final class EndHistory {

  private static final int MOST = 96;

  private long[] times = new long[8];
  private long[] offsets = new long[8];
  private int size;

  /** The partition ended at {@code offset} at {@code time}; the newest of all points. */
  void observe(long time, long offset) {
    if (size > 0 && (offset < offsets[size - 1] || time < times[size - 1])) {
      size = 0; // the topic was made anew, or the clock was set back
    }
    if (size > 1 && offsets[size - 2] == offset && offsets[size - 1] == offset) {
      times[size - 1] = time; // the same idle time goes on
      return;
    }
    insert(size, time, offset);
  }

  /**
   * What a look-up by timestamp said: at {@code time} the partition ended at {@code offset}, and
   * the record there was written at {@code written}. Only tells of times before the first point.
   *
   * @param written negative where no record was written since {@code time}
   */
  void lookedUp(long time, long offset, long written) {
    long firstSeen = size == 0 ? Long.MAX_VALUE : times[size - 1];
    learn(time, offset);
    if (written >= time && written < firstSeen) {
      learn(written, offset);
      learn(written, offset + 1);
    }
  }

  /** Puts a point where it belongs, unless it contradicts its neighbours. */
  private void learn(long time, long offset) {
    int i = size;
    while (i > 0 && (times[i - 1] > time || times[i - 1] == time && offsets[i - 1] > offset)) {
      i--;
    }
    boolean fits = (i == 0 || offsets[i - 1] <= offset) && (i == size || offsets[i] >= offset);
    boolean known = i > 0 && times[i - 1] == time && offsets[i - 1] == offset;
    if (fits && !known) {
      insert(i, time, offset);
    }
  }

  private void insert(int at, long time, long offset) {
    if (size == times.length) {
      if (size < MOST) {
        times = Arrays.copyOf(times, Math.min(MOST, size * 2));
        offsets = Arrays.copyOf(offsets, times.length);
      } else {
        int gone = leastMissed();
        removeAt(gone);
        at = gone < at ? at - 1 : at;
      }
    }
    System.arraycopy(times, at, times, at + 1, size - at);
    System.arraycopy(offsets, at, offsets, at + 1, size - at);
    times[at] = time;
    offsets[at] = offset;
    size++;
  }

  private void removeAt(int i) {
    System.arraycopy(times, i + 1, times, i, size - i - 1);
    System.arraycopy(offsets, i + 1, offsets, i, size - i - 1);
    size--;
  }

  /** Never the newest; the oldest where it would be the least of all losses. */
  private int leastMissed() {
    long now = times[size - 1];
    int least = 0;
    double smallest = Double.MAX_VALUE;
    for (int i = 1; i < size - 1; i++) {
      double missed =
          Math.abs(times[i] - between(i - 1, i + 1, offsets[i])) / (now - times[i] + 1000.0);
      if (missed < smallest) {
        smallest = missed;
        least = i;
      }
    }
    // Nothing to merge without harm: give up the oldest time rather than bend a newer one.
    return smallest > 0.05 ? 0 : least;
  }

  private double between(int from, int to, double offset) {
    return offsets[to] == offsets[from]
        ? times[from]
        : times[from]
            + (offset - offsets[from]) / (offsets[to] - offsets[from]) * (times[to] - times[from]);
  }

  /**
   * When the record at {@code offset} was written, in milliseconds since the epoch. The middle of
   * what is possible where it was written between two points.
   *
   * @return {@link Double#NaN} before the first point: longer ago than {@link #begin}
   */
  double writtenAt(long offset) {
    int i = segment(offset);
    if (i < 0) {
      return Double.NaN;
    }
    return i == size - 1 ? times[i] : between(i, i + 1, offset + 0.5);
  }

  /** How far {@link #writtenAt} can be off, to either side, in milliseconds. */
  double doubt(long offset) {
    int i = segment(offset);
    return i < 0 || i == size - 1 ? 0 : (times[i + 1] - times[i]) / 2.0;
  }

  /** The last point that does not lie behind {@code offset}; -1: none. */
  private int segment(long offset) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (offsets[middle] <= offset) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  /** Time of the first point. */
  long begin() {
    return times[0];
  }

  /** The newest end offset. */
  long end() {
    return offsets[size - 1];
  }

  boolean isEmpty() {
    return size == 0;
  }

  int points() {
    return size;
  }
}
