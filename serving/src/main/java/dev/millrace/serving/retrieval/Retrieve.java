package dev.millrace.serving.retrieval;

import java.util.ArrayList;
import java.util.List;

/** Puts every query to the index; in hybrid mode the index fuses words and vectors itself. */
public final class Retrieve implements RetrievalStep {

  private final PassageIndex index;

  public Retrieve(PassageIndex index) {
    this.index = index;
  }

  @Override
  public String name() {
    return "retrieve";
  }

  @Override
  public boolean optional() {
    return false;
  }

  @Override
  public Retrieved apply(Retrieved state) {
    List<List<Passage>> rankings = new ArrayList<>();
    for (Query query : state.queries()) {
      rankings.add(index.search(state.request().lookingFor(query, state.depth()), query.vector()));
    }
    return state.withRankings(rankings);
  }
}
