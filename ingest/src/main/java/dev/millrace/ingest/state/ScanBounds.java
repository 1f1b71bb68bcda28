package dev.millrace.ingest.state;

import java.time.Duration;

/**
 * How far the log is searched for one question.
 *
 * @param records at most
 * @param time for reading them
 * @param answer how long any single question to Kafka may take
 */
public record ScanBounds(int records, Duration time, Duration answer) {

  /** 5,000 records, a second and a half, five seconds. */
  public static final ScanBounds DEFAULT =
      new ScanBounds(5_000, Duration.ofMillis(1_500), Duration.ofSeconds(5));

  public ScanBounds {
    if (records < 1) {
      throw new IllegalArgumentException("records must be 1 or more: " + records);
    }
  }
}
