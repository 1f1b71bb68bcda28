package dev.millrace.serving.eval;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How good rankings are, as averages over queries: nDCG at 10 (Järvelin and Kekäläinen, 2002, with
 * the discount {@code 1/log2(rank + 1)}), mean reciprocal rank at 10 and recall at 100.
 *
 * <p>A document that a ranking names twice counts at its first place only; the later place is taken
 * away, not left empty. Gains of 0 or below are not relevant.
 *
 * @param ndcg10 0 to 1
 * @param mrr10 0 to 1
 * @param recall100 0 to 1
 * @param queries how many the averages are of: those with at least one relevant document
 */
public record RetrievalMetrics(double ndcg10, double mrr10, double recall100, int queries) {

  /**
   * Averages over all queries that have a relevant document.
   *
   * @param rankings query id to document ids, best first; a missing query counts as nothing found
   * @param judgements query id to document id to gain
   * @throws IllegalArgumentException if no query has a relevant document
   */
  public static RetrievalMetrics of(
      Map<String, List<String>> rankings, Map<String, Map<String, Double>> judgements) {
    double ndcg = 0;
    double mrr = 0;
    double recall = 0;
    int queries = 0;
    for (Map.Entry<String, Map<String, Double>> judged : judgements.entrySet()) {
      Map<String, Double> gains = judged.getValue();
      if (gains.values().stream().noneMatch(g -> g > 0)) {
        continue;
      }
      List<String> ranking = rankings.getOrDefault(judged.getKey(), List.of());
      ndcg += ndcg(ranking, gains, 10);
      mrr += reciprocalRank(ranking, gains, 10);
      recall += recall(ranking, gains, 100);
      queries++;
    }
    if (queries == 0) {
      throw new IllegalArgumentException("No query has a relevant document");
    }
    return new RetrievalMetrics(ndcg / queries, mrr / queries, recall / queries, queries);
  }

  /** Discounted gain of the first {@code k}, as a part of what the ideal ranking has. */
  public static double ndcg(List<String> ranking, Map<String, Double> gains, int k) {
    double ideal = 0;
    List<Double> best =
        gains.values().stream().filter(g -> g > 0).sorted((a, b) -> Double.compare(b, a)).toList();
    for (int i = 0; i < Math.min(k, best.size()); i++) {
      ideal += best.get(i) / log2(i + 2);
    }
    if (ideal == 0) {
      return 0;
    }
    double found = 0;
    List<String> first = first(ranking, k);
    for (int i = 0; i < first.size(); i++) {
      found += Math.max(0, gains.getOrDefault(first.get(i), 0.0)) / log2(i + 2);
    }
    return found / ideal;
  }

  /** One over the rank of the first relevant document, 0 if it is not among the first {@code k}. */
  public static double reciprocalRank(List<String> ranking, Map<String, Double> gains, int k) {
    List<String> first = first(ranking, k);
    for (int i = 0; i < first.size(); i++) {
      if (gains.getOrDefault(first.get(i), 0.0) > 0) {
        return 1.0 / (i + 1);
      }
    }
    return 0;
  }

  /** Part of the relevant documents that is among the first {@code k}; 0 if none is relevant. */
  public static double recall(List<String> ranking, Map<String, Double> gains, int k) {
    long relevant = gains.values().stream().filter(g -> g > 0).count();
    long found = first(ranking, k).stream().filter(d -> gains.getOrDefault(d, 0.0) > 0).count();
    return relevant == 0 ? 0 : (double) found / relevant;
  }

  private static List<String> first(List<String> ranking, int k) {
    Set<String> seen = new HashSet<>();
    return ranking.stream().filter(seen::add).limit(k).toList();
  }

  private static double log2(double x) {
    return Math.log(x) / Math.log(2);
  }
}
