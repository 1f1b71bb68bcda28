package dev.millrace.learner.ledger;

import java.time.Duration;

/**
 * Times of an entry's transaction.
 *
 * @param timeout after which the broker ends a transaction that is not committed
 * @param deadline of one request to the broker, and of one reading of the log
 */
public record TransactionSettings(Duration timeout, Duration deadline) {

  public TransactionSettings {
    if (timeout.toMillis() < 1000 || timeout.toMinutes() > 15) {
      throw new IllegalArgumentException(
          "a transaction may take from 1 s to 15 minutes, not " + timeout);
    }
  }
}
