package dev.millrace.monitor.lag;

/** When a lag will be gone. */
final class Drain {

  private Drain() {}

  /**
   * Seconds until the lag is gone at these rates; 0 when it is; {@link Double#POSITIVE_INFINITY}
   * when it does not shrink.
   */
  static double seconds(long lag, double consumedPerSecond, double producedPerSecond) {
    if (lag == 0) {
      return 0;
    }
    double shrinks = consumedPerSecond - producedPerSecond;
    return shrinks > 1e-9 ? lag / shrinks : Double.POSITIVE_INFINITY;
  }
}
