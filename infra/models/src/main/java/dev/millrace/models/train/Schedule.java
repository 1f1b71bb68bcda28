package dev.millrace.models.train;

/** A learning rate by step; steps count from 1. */
@FunctionalInterface
public interface Schedule {

  /** The rate of a step. */
  double at(long step);

  /** Always the same rate. */
  static Schedule constant(double rate) {
    require(rate > 0, "rate must be > 0, not " + rate);
    return step -> rate;
  }

  /** Rises from 0 over the first {@code warmup} steps, then follows {@code after}. */
  static Schedule warmup(long warmup, Schedule after) {
    require(warmup >= 0, "warm-up must be >= 0 steps, not " + warmup);
    return step -> after.at(step) * (step < warmup ? step / (double) warmup : 1);
  }

  /** Falls in a straight line from {@code rate} to {@code floor} times it at step {@code total}. */
  static Schedule linear(double rate, long total, double floor) {
    require(total >= 1, "a schedule needs at least 1 step, not " + total);
    return step -> rate * Math.max(floor, 1 - (1 - floor) * Math.min(1, step / (double) total));
  }

  /**
   * Falls along half a cosine from {@code rate} to {@code floor} times it at step {@code total}.
   */
  static Schedule cosine(double rate, long total, double floor) {
    require(total >= 1, "a schedule needs at least 1 step, not " + total);
    return step -> {
      double way = Math.min(1, step / (double) total);
      return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * way)));
    };
  }

  private static void require(boolean ok, String message) {
    if (!ok) {
      throw new IllegalArgumentException(message);
    }
  }
}
