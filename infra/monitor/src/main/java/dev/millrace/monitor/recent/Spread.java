package dev.millrace.monitor.recent;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * How some times or amounts are spread.
 *
 * @param count how many
 * @param middle the median; 0 when there is none
 * @param high the 95th percentile
 * @param most the largest
 */
public record Spread(int count, double middle, double high, double most) {

  /** Of all values of a stream. */
  public static Spread of(DoubleStream values) {
    double[] sorted = values.sorted().toArray();
    if (sorted.length == 0) {
      return new Spread(0, 0, 0, 0);
    }
    return new Spread(
        sorted.length,
        sorted[(sorted.length - 1) / 2],
        sorted[(int) Math.ceil(0.95 * (sorted.length - 1))],
        Arrays.stream(sorted).max().getAsDouble());
  }
}
