package dev.millrace.serving.retrieval.ranking;

import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.RetrievalStep;
import dev.millrace.serving.retrieval.Retrieved;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Orders the best passages anew by a model that reads each together with the question. Those beyond
 * the pool keep their order behind them.
 */
public final class Rerank implements RetrievalStep {

  private final RelevanceModel model;
  private final int pool;

  /**
   * @param pool passages that the model reads: its cost grows with them
   */
  public Rerank(RelevanceModel model, int pool) {
    this.model = model;
    this.pool = pool;
  }

  @Override
  public String name() {
    return "rerank";
  }

  @Override
  public int depth(int limit) {
    return Math.max(limit, pool);
  }

  @Override
  public Retrieved apply(Retrieved state) {
    List<Passage> all = state.passages();
    List<Passage> read = all.subList(0, Math.min(pool, all.size()));
    if (read.isEmpty()) {
      return state;
    }
    float[] scores =
        model.relevance(state.question(), read.stream().map(Rerank::withTitle).toList());
    List<Passage> ordered = new ArrayList<>();
    for (int i = 0; i < read.size(); i++) {
      ordered.add(read.get(i).withScore(scores[i]));
    }
    ordered.sort(Comparator.comparingDouble(Passage::score).reversed());
    // below the worst that was read: scores stay in the order of the result
    double worst = ordered.getLast().score();
    all.subList(read.size(), all.size()).forEach(p -> ordered.add(p.withScore(worst)));
    return state.withPassages(ordered);
  }

  private static String withTitle(Passage passage) {
    return passage.title() == null ? passage.text() : passage.title() + "\n" + passage.text();
  }
}
