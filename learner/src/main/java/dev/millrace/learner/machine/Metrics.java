package dev.millrace.learner.machine;

import dev.millrace.contracts.avro.TrainingStep;

/** Names in an entry's metrics that decide what follows; the others are for people. */
public final class Metrics {

  /** Held-out accuracy of greedy answers; tasks without an answer count as wrong. */
  public static final String GREEDY = "eval.greedy";

  /** Number of the batch, from 1; of the warm start, its updates so far. */
  public static final String UPDATE = "update";

  /** 1 in an entry that trained nothing because it wants more informative groups. */
  public static final String REFILL = "refill";

  /** 1 in an entry that trained nothing: it only issued tasks, since prompts had arrived. */
  public static final String ISSUE = "issue";

  private Metrics() {}

  static double greedy(TrainingStep entry) {
    return entry.getMetrics().getOrDefault(GREEDY, 0.0);
  }

  static boolean isIssue(TrainingStep entry) {
    return entry.getMetrics().containsKey(ISSUE);
  }

  static boolean isRefill(TrainingStep entry) {
    return entry.getMetrics().containsKey(REFILL);
  }
}
