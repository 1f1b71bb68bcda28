package dev.millrace.ingest;

import java.time.Duration;

/**
 * How much a producer holds and how long it waits.
 *
 * @param maxInFlight records sent and not yet acknowledged
 * @param maxInFlightBytes encoded bytes of those; a larger single record goes alone
 * @param admission how long a caller is held back while that much is in flight
 * @param delivery how long Kafka tries to deliver one record before it fails
 * @param close how long {@code close()} waits for what is in flight
 */
public record ProducerSettings(
    int maxInFlight, long maxInFlightBytes, Duration admission, Duration delivery, Duration close) {

  /** 5,000 records or 32 MiB in flight; a minute for each wait, half of one to close. */
  public static final ProducerSettings DEFAULT =
      new ProducerSettings(
          5_000, 32L << 20, Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(30));

  public ProducerSettings {
    if (maxInFlight < 1) {
      throw new IllegalArgumentException("records in flight must be 1 or more: " + maxInFlight);
    }
    if (maxInFlightBytes < 1 || maxInFlightBytes > 1L << 30) {
      throw new IllegalArgumentException(
          "bytes in flight must be between 1 and 1 GiB: " + maxInFlightBytes);
    }
    positive("admission", admission);
    positive("delivery", delivery);
    positive("close", close);
  }

  /** These settings with other waits for admission and delivery. */
  public ProducerSettings within(Duration deadline) {
    return new ProducerSettings(maxInFlight, maxInFlightBytes, deadline, deadline, close);
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + " must be longer than zero: " + value);
    }
  }
}
