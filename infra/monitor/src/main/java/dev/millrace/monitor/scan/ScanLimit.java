package dev.millrace.monitor.scan;

import java.time.Duration;

/**
 * What one look into a topic may cost.
 *
 * @param records that are read at most
 * @param bytes of keys and values that are read at most; one record more may be
 * @param time it may take
 */
public record ScanLimit(int records, long bytes, Duration time) {

  public ScanLimit {
    if (records < 1 || bytes < 1 || time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException(
          "a scan needs a positive number of records, bytes and time: %d, %d, %s"
              .formatted(records, bytes, time));
    }
  }

  /** For a person who waits. */
  public static final ScanLimit INTERACTIVE =
      new ScanLimit(20_000, 64L << 20, Duration.ofSeconds(5));
}
