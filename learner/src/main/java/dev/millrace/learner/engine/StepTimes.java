package dev.millrace.learner.engine;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Where the time of an entry goes, in seconds by name. */
final class StepTimes {

  /** Waiting for groups. */
  static final String WAITING = "waiting";

  /** Computing gradients and steps. */
  static final String TRAINING = "training";

  /** Hashing weights and optimizer. */
  static final String HASHING = "hashing";

  /** Serialising and sending, up to the commit. */
  static final String TRANSACTION = "transaction";

  /** Writing a snapshot. */
  static final String SNAPSHOT = "snapshot";

  private final Map<String, Long> nanos = new TreeMap<>();

  <T> T measure(String name, Supplier<T> work) {
    long start = System.nanoTime();
    try {
      return work.get();
    } finally {
      add(name, System.nanoTime() - start);
    }
  }

  void add(String name, long more) {
    nanos.merge(name, more, Long::sum);
  }

  double seconds(String name) {
    return nanos.getOrDefault(name, 0L) / 1e9;
  }

  /** All of them as metrics; they begin anew. */
  Map<String, Double> take() {
    Map<String, Double> out = new TreeMap<>();
    nanos.forEach((name, time) -> out.put("seconds." + name, time / 1e9));
    nanos.clear();
    return out;
  }
}
