package dev.millrace.learner.algorithm;

import java.util.List;

/** Brings numbers to mean 0 and variance 1. */
public final class Whitening {

  private Whitening() {}

  /**
   * (x - mean) / sqrt(variance + 1e-8) over all numbers of all arrays together, in place; the
   * variance is unbiased. A single number becomes 0.
   */
  public static void apply(List<double[]> arrays) {
    long n = 0;
    double sum = 0;
    for (double[] array : arrays) {
      for (double x : array) {
        sum += x;
        n++;
      }
    }
    if (n == 0) {
      return;
    }
    double mean = sum / n;
    double squares = 0;
    for (double[] array : arrays) {
      for (double x : array) {
        squares += (x - mean) * (x - mean);
      }
    }
    double scale = Math.sqrt((n > 1 ? squares / (n - 1) : 0) + 1e-8);
    for (double[] array : arrays) {
      for (int i = 0; i < array.length; i++) {
        array[i] = (array[i] - mean) / scale;
      }
    }
  }
}
