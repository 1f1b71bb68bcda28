package dev.millrace.monitor.audit;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What does not add up.
 *
 * @param counts how many problems there are, by kind; empty when all is well
 * @param listed the first of each kind
 */
public record Findings(Map<String, Long> counts, List<Problem> listed) {

  public Findings {
    counts = Collections.unmodifiableMap(new TreeMap<>(counts));
    listed = List.copyOf(listed);
  }

  public boolean none() {
    return counts.isEmpty();
  }

  /** All problems together. */
  public long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
