package dev.millrace.serving.retrieval.ranking;

import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.Query;
import dev.millrace.serving.retrieval.RetrievalStep;
import dev.millrace.serving.retrieval.Retrieved;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes one ranking of those of several queries: weighted reciprocal rank fusion (Cormack, Clarke,
 * Büttcher, 2009). A single ranking stays as it is, scores included. Without this step the first
 * query's ranking is the result.
 */
public final class Fuse implements RetrievalStep {

  private final int rankConstant;

  /**
   * @param rankConstant the larger, the less the first places count
   */
  public Fuse(int rankConstant) {
    if (rankConstant < 1) {
      throw new IllegalArgumentException("rankConstant is at least 1, not " + rankConstant);
    }
    this.rankConstant = rankConstant;
  }

  @Override
  public String name() {
    return "fuse";
  }

  @Override
  public Retrieved apply(Retrieved state) {
    List<List<Passage>> rankings = state.rankings();
    if (rankings.size() < 2) {
      return state;
    }
    Map<List<Object>, Passage> passages = new LinkedHashMap<>();
    Map<List<Object>, Double> scores = new LinkedHashMap<>();
    for (int i = 0; i < rankings.size(); i++) {
      Query query = state.queries().get(i);
      for (int rank = 0; rank < rankings.get(i).size(); rank++) {
        Passage passage = rankings.get(i).get(rank);
        List<Object> place =
            List.of(passage.documentId(), passage.revision(), passage.start(), passage.end());
        passages.putIfAbsent(place, passage);
        scores.merge(place, query.weight() / (rankConstant + rank + 1), Double::sum);
      }
    }
    List<Passage> fused = new ArrayList<>();
    scores.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .limit(state.depth())
        .forEach(e -> fused.add(passages.get(e.getKey()).withScore(e.getValue())));
    return state.withPassages(fused);
  }
}
