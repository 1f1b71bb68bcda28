package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.cli.Api;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Locale;

/**
 * The figures of one run, in the order in which they were measured; the last line of the output.
 */
final class Figures {

  /** Digits of a figure: what is small is not rounded to nothing. */
  private static final MathContext DIGITS = new MathContext(6);

  private final ObjectNode json = Api.JSON.createObjectNode();

  Figures(String bench) {
    json.put("bench", bench);
    json.put("java", Runtime.version().toString());
    json.put("cores", Runtime.getRuntime().availableProcessors());
  }

  Figures put(String name, double value) {
    json.put(
        name, Double.isFinite(value) ? new BigDecimal(value).round(DIGITS).doubleValue() : value);
    return this;
  }

  Figures put(String name, long value) {
    json.put(name, value);
    return this;
  }

  /** Median, 99th percentile and maximum of milliseconds, as {@code NAME_p50_ms} and so on. */
  Figures percentiles(String name, double[] millis) {
    double[] sorted = millis.clone();
    Arrays.sort(sorted);
    put(name + "_p50_ms", at(sorted, 0.50));
    put(name + "_p99_ms", at(sorted, 0.99));
    return put(name + "_max_ms", at(sorted, 1.0)).put(name + "_samples", sorted.length);
  }

  /** The smallest value that a share {@code p} of all do not exceed. */
  static double at(double[] sorted, double p) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int rank = (int) Math.ceil(p * sorted.length);
    return sorted[Math.max(0, rank - 1)];
  }

  static String format(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  @Override
  public String toString() {
    return json.toString();
  }
}
