package dev.millrace.monitor.audit;

import java.util.List;

/**
 * Dead letters by stage and reason.
 *
 * @param counts in the order of stage and reason
 */
public record DeadLetterReport(List<Count> counts) {

  /**
   * @param records that were given up; one that was written twice counts once
   */
  public record Count(String stage, String reason, long records) {}

  public DeadLetterReport {
    counts = List.copyOf(counts);
  }

  public long total() {
    return counts.stream().mapToLong(Count::records).sum();
  }
}
