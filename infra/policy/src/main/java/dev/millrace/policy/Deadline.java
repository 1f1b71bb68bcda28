package dev.millrace.policy;

import java.time.Duration;

/** A moment until which something is waited for. */
final class Deadline {

  private final Duration whole;
  private final long end;

  private Deadline(Duration whole) {
    this.whole = whole;
    this.end = System.nanoTime() + whole.toNanos();
  }

  static Deadline in(Duration time) {
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException("a deadline must lie ahead: " + time);
    }
    return new Deadline(time);
  }

  /** What is left of it; zero when it has passed. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  boolean passed() {
    return System.nanoTime() - end >= 0;
  }

  /** The time that was given, for messages. */
  @Override
  public String toString() {
    return whole.toMillis() >= 10_000 ? whole.toSeconds() + " s" : whole.toMillis() + " ms";
  }
}
