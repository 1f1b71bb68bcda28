package dev.millrace.ingest.push;

import java.time.Duration;

/**
 * The clocks of a watch.
 *
 * @param quiet how long a file must not have been written to before it is read
 * @param surePass a pass at least this often, should an event have been lost
 * @param blindPass the same where the operating system does not tell of changes
 * @param firstRetry and {@code lastRetry}: waits while the log does not answer, doubling
 * @param deadline for the log to acknowledge what one pass sent
 */
public record WatchSettings(
    Duration quiet,
    Duration surePass,
    Duration blindPass,
    Duration firstRetry,
    Duration lastRetry,
    Duration deadline) {

  /** Half a second of quiet, a sure pass every five minutes, a blind one every three seconds. */
  public static final WatchSettings DEFAULT =
      new WatchSettings(
          Duration.ofMillis(500),
          Duration.ofMinutes(5),
          Duration.ofSeconds(3),
          Duration.ofSeconds(1),
          Duration.ofSeconds(30),
          Duration.ofMinutes(2));
}
