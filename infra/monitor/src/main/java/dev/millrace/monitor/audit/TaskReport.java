package dev.millrace.monitor.audit;

import java.util.List;

/**
 * The accounts of runs.
 *
 * @param found false when there is no ledger topic at all
 * @param runs in the order of their first entries
 * @param findings what is wrong with single tasks and entries
 */
public record TaskReport(boolean found, List<RunReport> runs, Findings findings) {

  public TaskReport {
    runs = List.copyOf(runs);
  }

  /** True when every run adds up and nothing is wrong with any task. */
  public boolean addsUp() {
    return findings.none() && runs.stream().allMatch(RunReport::addsUp);
  }
}
