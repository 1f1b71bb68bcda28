package dev.millrace.cli;

import java.nio.charset.Charset;
import java.util.Arrays;

/** A curve in one line of text, after Edward Tufte's sparklines. */
final class Sparkline {

  private static final String BLOCKS = "▁▂▃▄▅▆▇█";
  private static final String ASCII = "_.-=+*%#";

  private final String levels;
  private final int width;

  private Sparkline(String levels, int width) {
    this.levels = levels;
    this.width = width;
  }

  /**
   * @param width characters
   * @param charset of the terminal; blocks are drawn where it has them
   */
  static Sparkline in(int width, Charset charset) {
    boolean blocks = charset.canEncode() && charset.newEncoder().canEncode(BLOCKS);
    return new Sparkline(blocks ? BLOCKS : ASCII, width);
  }

  /** Of values between their smallest and their largest. */
  String of(double[] values) {
    double min = Arrays.stream(values).min().orElse(0);
    double max = Arrays.stream(values).max().orElse(0);
    return of(values, min, max);
  }

  /**
   * Of values between {@code min} and {@code max}; padded with spaces. Where there are more values
   * than characters, each character is the mean of its share of them.
   */
  String of(double[] values, double min, double max) {
    var line = new StringBuilder();
    int columns = Math.min(width, values.length);
    for (int i = 0; i < columns; i++) {
      int from = (int) ((long) i * values.length / columns);
      int to = (int) ((long) (i + 1) * values.length / columns);
      double mean = Arrays.stream(values, from, to).average().orElse(0);
      line.append(levels.charAt(level(mean, min, max)));
    }
    return line.append(" ".repeat(width - columns)).toString();
  }

  private int level(double value, double min, double max) {
    if (!(max > min) || Double.isNaN(value)) {
      return 0;
    }
    double share = Math.clamp((value - min) / (max - min), 0, 1);
    return (int) Math.round(share * (levels.length() - 1));
  }
}
