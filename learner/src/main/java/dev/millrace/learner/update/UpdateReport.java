package dev.millrace.learner.update;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** What an update did, as numbers by name; see {@link UpdateMetrics}. */
public record UpdateReport(Map<String, Double> metrics) {

  public UpdateReport {
    metrics = Collections.unmodifiableMap(new TreeMap<>(metrics));
  }

  /** A number of the report, 0 where it has none of that name. */
  public double get(String name) {
    return metrics.getOrDefault(name, 0.0);
  }
}
