package dev.millrace.monitor.audit;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The account of documents, each by its newest revision. It adds up when received = indexed +
 * rejected + deleted + in flight.
 *
 * @param found false when there is no documents topic at all
 * @param rejected by reason
 * @param awaitingPreprocess in {@code documents}, not yet in {@code chunks}
 * @param awaitingEmbed in {@code chunks}, not yet reported in {@code indexed}
 * @param remembered of all, those that are known by {@code chunks} alone, because their reports are
 *     older than {@code indexed} keeps
 */
public record DocumentReport(
    boolean found,
    long received,
    long indexed,
    SortedMap<String, Long> rejected,
    long deleted,
    long awaitingPreprocess,
    long awaitingEmbed,
    long remembered,
    Findings findings) {

  public DocumentReport {
    rejected = Collections.unmodifiableSortedMap(new TreeMap<>(rejected));
  }

  /** Documents that are where they should be. */
  public long accounted() {
    return indexed + RunReport.sum(rejected) + deleted + awaitingPreprocess + awaitingEmbed;
  }

  public boolean addsUp() {
    return received == accounted() && findings.none();
  }
}
