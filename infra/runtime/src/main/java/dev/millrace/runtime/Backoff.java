package dev.millrace.runtime;

import java.time.Duration;

/**
 * Growing waits between tries: each twice the last, up to a bound. Not safe for several threads.
 */
public final class Backoff {

  private final Duration first;
  private final Duration longest;
  private Duration next;

  public Backoff(Duration first, Duration longest) {
    if (first.isNegative() || first.isZero() || longest.compareTo(first) < 0) {
      throw new IllegalArgumentException("waits must grow: from " + first + " to " + longest);
    }
    this.first = first;
    this.longest = longest;
    this.next = first;
  }

  /** The wait before the coming try. */
  public Duration next() {
    Duration wait = next;
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(longest) > 0 ? longest : doubled;
    return wait;
  }

  /** To be called after a success: the next wait is the first again. */
  public void reset() {
    next = first;
  }
}
