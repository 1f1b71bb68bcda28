package dev.millrace.monitor.audit;

import java.time.Duration;

/**
 * What an audit may take.
 *
 * @param deadline for all of it
 * @param grace how long something that looks lost is waited for, while the system goes on working
 * @param listed problems of one kind that are named; the others are counted
 */
public record AuditLimits(Duration deadline, Duration grace, int listed) {

  /** Ten minutes, five seconds, twenty of each kind. */
  public static final AuditLimits DEFAULT =
      new AuditLimits(Duration.ofMinutes(10), Duration.ofSeconds(5), 20);

  public AuditLimits {
    if (deadline.isNegative() || deadline.isZero()) {
      throw new IllegalArgumentException("deadline must be positive: " + deadline);
    }
    if (grace.isNegative()) {
      throw new IllegalArgumentException("grace must not be negative: " + grace);
    }
    if (listed < 1) {
      throw new IllegalArgumentException("listed must be 1 or more: " + listed);
    }
  }
}
