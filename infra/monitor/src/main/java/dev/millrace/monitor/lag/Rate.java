package dev.millrace.monitor.lag;

/**
 * Records a second, the recent past weighing more: the quotient of two sums that both fade with the
 * same time constant, so that it is right from the second observation on.
 */
final class Rate {

  private static final double FADES_IN_SECONDS = 15;

  private double records;
  private double seconds;

  /** {@code records} came in the last {@code seconds}. */
  void observe(long records, double seconds) {
    if (seconds <= 0) {
      return;
    }
    double kept = Math.exp(-seconds / FADES_IN_SECONDS);
    this.records = this.records * kept + records;
    this.seconds = this.seconds * kept + seconds;
  }

  /** 0 before anything was observed. */
  double perSecond() {
    return perSecond(0);
  }

  /** What it will be if nothing comes for {@code idle} seconds from now on. */
  double perSecond(double idle) {
    double kept = Math.exp(-idle / FADES_IN_SECONDS);
    return seconds == 0 ? 0 : records * kept / (seconds * kept + idle);
  }
}
