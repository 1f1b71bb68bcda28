package dev.millrace.learner.engine;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Where the time of an entry goes, in seconds by name. */
final class StepTimes {

  /** Waiting for groups. */
  static final String WAITING = "waiting";

  /** Waiting for prompts. */
  static final String PROMPTS = "prompts";

  /** Computing gradients and steps. */
  static final String TRAINING = "training";

  /** Hashing weights and optimizer. */
  static final String HASHING = "hashing";

  /** Making bytes of records. */
  static final String SERIALISATION = "serialisation";

  /** Held up by the entry before, which is still being sent or committed. */
  static final String TRANSACTION = "transaction";

  /** Writing a snapshot. */
  static final String SNAPSHOT = "snapshot";

  private final Map<String, Long> nanos = new TreeMap<>();
  private long since = System.nanoTime();
  private long counted;

  /** What is measured within the work counts there, and not here as well. */
  <T> T measure(String name, Supplier<T> work) {
    long start = System.nanoTime();
    long before = counted;
    try {
      return work.get();
    } finally {
      add(name, System.nanoTime() - start - (counted - before));
    }
  }

  void add(String name, long more) {
    nanos.merge(name, more, Long::sum);
    counted += more;
  }

  double seconds(String name) {
    return nanos.getOrDefault(name, 0L) / 1e9;
  }

  /**
   * All of them as metrics, with the {@code total} since the last call and the share of it that was
   * spent waiting; they begin anew.
   */
  Map<String, Double> take() {
    long now = System.nanoTime();
    double total = (now - since) / 1e9;
    since = now;
    Map<String, Double> out = new TreeMap<>();
    nanos.forEach((name, time) -> out.put("seconds." + name, time / 1e9));
    out.put("seconds.total", total);
    out.put("idle", total > 0 ? seconds(WAITING) / total : 0);
    nanos.clear();
    return out;
  }
}
