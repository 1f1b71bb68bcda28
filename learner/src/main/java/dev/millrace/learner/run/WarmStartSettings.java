package dev.millrace.learner.run;

import dev.millrace.learner.update.SftSettings;

/**
 * Supervised learning before the loop begins, on the prompts that have an answer.
 *
 * @param entries the most ledger entries of it; 0: no warm start
 * @param updatesPerEntry optimizer updates of one entry; after each entry the policy is evaluated
 * @param until it ends when held-out greedy accuracy reaches this; 0: after {@code entries},
 *     without evaluations
 * @param sft batch, optimizer and its rate
 */
public record WarmStartSettings(int entries, int updatesPerEntry, double until, SftSettings sft) {

  private static final int MOST_ENTRIES = 100;

  public WarmStartSettings {
    Checks.range("entries", entries, 0, 1_000_000);
    Checks.range("updatesPerEntry", updatesPerEntry, 1, 1_000_000);
    Checks.share("until", until);
    if (sft == null) {
      throw new IllegalArgumentException("sft must be an object, not null");
    }
  }

  static WarmStartSettings none() {
    return new WarmStartSettings(0, 10, 0.3, SftSettings.defaults());
  }

  static WarmStartSettings defaults() {
    return new WarmStartSettings(MOST_ENTRIES, 10, 0.3, SftSettings.defaults());
  }

  /** Whether there is a warm start at all. */
  public boolean any() {
    return entries > 0;
  }

  /** Whether its entries are followed by evaluations. */
  public boolean evaluated() {
    return until > 0;
  }

  WarmStartSettings withSft(SftSettings changed) {
    return new WarmStartSettings(entries, updatesPerEntry, until, changed);
  }
}
