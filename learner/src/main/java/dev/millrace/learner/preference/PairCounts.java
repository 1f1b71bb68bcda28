package dev.millrace.learner.preference;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What there was to learn from.
 *
 * @param training pairs that are trained on
 * @param heldOut pairs that are not
 * @param leftOut pairs that cannot be used, by reason
 * @param sha256 over the tokens of all that are used, in their order
 */
public record PairCounts(int training, int heldOut, Map<String, Integer> leftOut, String sha256) {

  public PairCounts {
    leftOut = Collections.unmodifiableMap(new TreeMap<>(leftOut));
  }

  /** One sentence. */
  public String describe() {
    return "%d pairs to train on, %d held out%s"
        .formatted(training, heldOut, leftOut.isEmpty() ? "" : ", left out " + leftOut);
  }
}
