package dev.millrace.monitor.audit;

import java.time.Duration;

/** A short time in which something that seems missing may still appear. */
final class Grace {

  private static final Duration LOOK = Duration.ofMillis(200);

  private final long end;

  Grace(Duration time) {
    this.end = System.nanoTime() + time.toNanos();
  }

  /** Waits a moment; false when there is no more time. */
  boolean waits() {
    if (System.nanoTime() >= end) {
      return false;
    }
    try {
      Thread.sleep(LOOK);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
