package dev.millrace.rollout;

import java.time.Duration;

/**
 * How long a worker has known of a newer version than it has, without getting any further. A worker
 * that adopts every other version is not behind; one that stands still is, however often others are
 * published. Not safe for several threads.
 */
final class Lag {

  private long lastAdopted = Long.MIN_VALUE;
  private long since;
  private boolean behind;

  /**
   * @param newest version that is published
   * @param adopted version that is used
   * @param nanos now
   */
  Duration observe(long newest, long adopted, long nanos) {
    if (newest <= adopted) {
      behind = false;
    } else if (!behind || adopted != lastAdopted) {
      behind = true;
      since = nanos;
    }
    lastAdopted = adopted;
    return behind ? Duration.ofNanos(nanos - since) : Duration.ZERO;
  }
}
