package dev.millrace.serving.extractive;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How much each term of a question tells sentences apart: inverse sentence frequency among the
 * retrieved sentences (Spärck Jones, 1972). A term that none of them holds is as telling as the
 * rarest: its absence is what shows that a question is about something else.
 */
final class TermWeights {

  private final Map<String, Double> weights = new HashMap<>();
  private final double total;

  TermWeights(Set<String> asked, List<Sentence> sentences) {
    double n = sentences.size();
    double sum = 0;
    for (String term : asked) {
      long holding = sentences.stream().filter(s -> s.terms().contains(term)).count();
      double weight = Math.log(1 + (n + 1) / (holding + 1.0));
      weights.put(term, weight);
      sum += weight;
    }
    total = sum;
  }

  /** Number of terms that are asked for. */
  int size() {
    return weights.size();
  }

  /** Part of the question's weight that these terms cover, 0 to 1. */
  double coverage(Collection<String> terms) {
    if (total == 0) {
      return 0;
    }
    double covered = 0;
    for (Map.Entry<String, Double> asked : weights.entrySet()) {
      if (terms.contains(asked.getKey())) {
        covered += asked.getValue();
      }
    }
    return covered / total;
  }
}
