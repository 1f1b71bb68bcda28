package dev.millrace.serving.retrieval.ranking;

import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.RetrievalStep;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.text.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Maximal marginal relevance (Carbonell and Goldstein, 1998): the next passage is the one that is
 * relevant and says least of what the chosen ones say. Relevance is the score, from 0 to 1 within
 * the pool; likeness is the share of words that two passages have in common (Jaccard), so that it
 * costs no vectors.
 */
public final class Diversify implements RetrievalStep {

  private final double lambda;
  private final int pool;

  /**
   * @param lambda part of relevance against novelty, 0 to 1; 1 changes nothing
   * @param pool passages that are considered
   */
  public Diversify(double lambda, int pool) {
    if (!(lambda >= 0 && lambda <= 1)) {
      throw new IllegalArgumentException("lambda is 0 to 1, not " + lambda);
    }
    this.lambda = lambda;
    this.pool = pool;
  }

  @Override
  public String name() {
    return "mmr";
  }

  @Override
  public int depth(int limit) {
    return Math.max(limit, pool);
  }

  @Override
  public Retrieved apply(Retrieved state) {
    List<Passage> all = state.passages();
    int considered = Math.min(pool, all.size());
    List<Passage> left = new ArrayList<>(all.subList(0, considered));
    List<Set<String>> words = new ArrayList<>();
    left.forEach(p -> words.add(Terms.of(p.text())));
    double[] relevance = relevance(left);
    double[] likeness = new double[considered]; // to the most alike of those that are chosen
    boolean[] taken = new boolean[considered];
    List<Passage> chosen = new ArrayList<>();
    for (int n = 0; n < considered; n++) {
      int best = -1;
      double bestWorth = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < considered; i++) {
        double worth = lambda * relevance[i] - (1 - lambda) * likeness[i];
        if (!taken[i] && worth > bestWorth) {
          best = i;
          bestWorth = worth;
        }
      }
      taken[best] = true;
      chosen.add(left.get(best));
      for (int i = 0; i < considered; i++) {
        if (!taken[i]) {
          likeness[i] = Math.max(likeness[i], jaccard(words.get(best), words.get(i)));
        }
      }
    }
    chosen.addAll(all.subList(considered, all.size()));
    return state.withPassages(chosen);
  }

  private static double[] relevance(List<Passage> passages) {
    double most = passages.stream().mapToDouble(Passage::score).max().orElse(0);
    double least = passages.stream().mapToDouble(Passage::score).min().orElse(0);
    return passages.stream()
        .mapToDouble(p -> most > least ? (p.score() - least) / (most - least) : 1)
        .toArray();
  }

  private static double jaccard(Set<String> a, Set<String> b) {
    long shared = a.stream().filter(b::contains).count();
    long all = a.size() + b.size() - shared;
    return all == 0 ? 1 : (double) shared / all;
  }
}
