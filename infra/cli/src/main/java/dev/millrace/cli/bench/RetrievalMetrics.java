package dev.millrace.cli.bench;

import java.util.List;
import java.util.Set;

/**
 * How good a ranking is, with binary judgements (Järvelin and Kekäläinen 2002 for nDCG). All are 0
 * for a query without relevant documents.
 */
final class RetrievalMetrics {

  private RetrievalMetrics() {}

  /** Discounted gain of the first {@code k} over that of an ideal ranking. */
  static double ndcg(List<String> ranking, Set<String> relevant, int k) {
    double gain = 0;
    double ideal = 0;
    for (int i = 0; i < k; i++) {
      double discount = 1 / (Math.log(i + 2) / Math.log(2));
      if (i < ranking.size() && relevant.contains(ranking.get(i))) {
        gain += discount;
      }
      if (i < relevant.size()) {
        ideal += discount;
      }
    }
    return ideal == 0 ? 0 : gain / ideal;
  }

  /** One over the rank of the first relevant document among the first {@code k}, else 0. */
  static double reciprocalRank(List<String> ranking, Set<String> relevant, int k) {
    for (int i = 0; i < Math.min(k, ranking.size()); i++) {
      if (relevant.contains(ranking.get(i))) {
        return 1.0 / (i + 1);
      }
    }
    return 0;
  }

  /** Share of the relevant documents among the first {@code k}. */
  static double recall(List<String> ranking, Set<String> relevant, int k) {
    if (relevant.isEmpty()) {
      return 0;
    }
    long found =
        ranking.stream().limit(k).distinct().filter(relevant::contains).count();
    return (double) found / relevant.size();
  }
}
