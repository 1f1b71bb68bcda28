package dev.millrace.ingest.push;

import java.time.Duration;

/**
 * @param force send what has not changed too
 * @param deleteMissing delete what a source offered once and no longer does
 * @param deadline for the log to acknowledge the last documents
 */
public record PushSettings(boolean force, boolean deleteMissing, Duration deadline) {

  /** Sends what changed, deletes nothing, waits two minutes at the end. */
  public static final PushSettings DEFAULT = new PushSettings(false, false, Duration.ofMinutes(2));

  public PushSettings {
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline must be longer than zero: " + deadline);
    }
  }
}
