package dev.millrace.monitor.recent;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The newest of many things. Safe for any number of threads. */
final class Ring<T> {

  private final int most;
  private final ArrayDeque<T> things = new ArrayDeque<>();

  Ring(int most) {
    this.most = most;
  }

  synchronized void add(T thing) {
    if (things.size() == most) {
      things.removeFirst();
    }
    things.addLast(thing);
  }

  /** Newest first. */
  synchronized List<T> newestFirst() {
    List<T> all = new ArrayList<>(things);
    Collections.reverse(all);
    return all;
  }
}
