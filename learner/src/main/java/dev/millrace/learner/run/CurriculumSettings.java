package dev.millrace.learner.run;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * In which order, and how often, prompts are trained on.
 *
 * @param order passes over all, or as they arrive
 * @param weights by tag, how often its prompts come where others come once; a prompt with several
 *     of these tags has the product of their weights; 0: never
 * @param skip which prompts rest
 */
public record CurriculumSettings(
    PromptOrder order, Map<String, Double> weights, SkipSettings skip) {

  private static final double LEAST = 0.01;
  private static final double MOST = 100;

  public CurriculumSettings {
    if (order == null || skip == null) {
      throw new IllegalArgumentException("order and skip must be given, not null");
    }
    weights = weights == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(weights));
    weights.forEach(
        (tag, weight) -> {
          if (weight == null || weight != 0 && !(weight >= LEAST && weight <= MOST)) {
            throw new IllegalArgumentException(
                "weights.%s must be 0, or from %s to %.0f, not %s"
                    .formatted(tag, LEAST, MOST, weight));
          }
        });
  }

  static CurriculumSettings defaults() {
    return new CurriculumSettings(
        PromptOrder.EPOCHS, Map.of(), new SkipSettings(false, false, 1, 0, 1, 100));
  }

  /** How often a prompt with these tags comes where others come once. */
  public double weight(Iterable<String> tags) {
    double weight = 1;
    if (!weights.isEmpty()) {
      for (String tag : tags) {
        weight *= weights.getOrDefault(tag, 1.0);
      }
    }
    return weight;
  }
}
