package dev.millrace.runtime.control;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/**
 * That a stage is to take in nothing new.
 *
 * @param by who ordered it
 * @param reason what for; may be empty
 * @param since milliseconds since the epoch
 */
public record Pause(String by, String reason, long since) {

  public Pause {
    Objects.requireNonNull(by, "by");
    Objects.requireNonNull(reason, "reason");
  }

  /** One line for people: {@code paused by anna since 2026-01-01T12:00:00Z: new weights}. */
  public String describe() {
    Instant at = Instant.ofEpochMilli(since).truncatedTo(ChronoUnit.SECONDS);
    return "paused by " + by + " since " + at + (reason.isEmpty() ? "" : ": " + reason);
  }
}
