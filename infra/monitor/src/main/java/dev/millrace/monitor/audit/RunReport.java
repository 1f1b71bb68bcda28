package dev.millrace.monitor.audit;

import java.util.Collections;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The account of one run. It adds up when issued = trained + filtered + expired + failed +
 * evaluated + open.
 *
 * @param lastStep number of the newest entry of the ledger
 * @param updates entries that changed the weights by training on samples
 * @param firstVersion of the policy, before the run
 * @param lastVersion of the policy, now
 * @param ended true when the ledger has the run's END
 * @param issued ids that the ledger says were issued
 * @param filtered by reason, as are expired and failed
 * @param open issued and without an outcome
 * @param mostStale largest staleness of a trained sample, in versions
 * @param maxStaleness what the run's settings allow; empty where they do not say
 */
public record RunReport(
    String run,
    long lastStep,
    long updates,
    int lineage,
    long firstVersion,
    long lastVersion,
    boolean ended,
    long issued,
    long trained,
    SortedMap<String, Long> filtered,
    SortedMap<String, Long> expired,
    SortedMap<String, Long> failed,
    long evaluated,
    long open,
    long samples,
    double meanStaleness,
    long mostStale,
    OptionalLong maxStaleness) {

  public RunReport {
    filtered = Collections.unmodifiableSortedMap(new TreeMap<>(filtered));
    expired = Collections.unmodifiableSortedMap(new TreeMap<>(expired));
    failed = Collections.unmodifiableSortedMap(new TreeMap<>(failed));
  }

  /** Tasks that have an outcome, and those that are open. */
  public long accounted() {
    return trained + sum(filtered) + sum(expired) + sum(failed) + evaluated + open;
  }

  public boolean addsUp() {
    return issued == accounted();
  }

  static long sum(Map<String, Long> byReason) {
    return byReason.values().stream().mapToLong(Long::longValue).sum();
  }
}
