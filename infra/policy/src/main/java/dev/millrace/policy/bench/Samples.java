package dev.millrace.policy.bench;

import java.util.Arrays;

/** Measured values of one thing. */
final class Samples {

  private double[] values = new double[16];
  private int count;

  void add(double value) {
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    values[count++] = value;
  }

  void addMillisSince(long nanoTime) {
    add((System.nanoTime() - nanoTime) / 1e6);
  }

  boolean isEmpty() {
    return count == 0;
  }

  double mean() {
    return Arrays.stream(values, 0, count).average().orElse(Double.NaN);
  }

  double median() {
    return quantile(0.5);
  }

  /** The smallest value that a part {@code q} of all does not exceed. */
  double quantile(double q) {
    double[] sorted = Arrays.copyOf(values, count);
    Arrays.sort(sorted);
    return count == 0 ? Double.NaN : sorted[Math.max(0, (int) Math.ceil(q * count) - 1)];
  }
}
