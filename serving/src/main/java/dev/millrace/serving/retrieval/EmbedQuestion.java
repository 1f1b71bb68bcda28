package dev.millrace.serving.retrieval;

import dev.millrace.models.embedding.EmbeddingModel;
import java.util.ArrayList;
import java.util.List;

/** Makes the vector of every query whose mode needs one. */
public final class EmbedQuestion implements RetrievalStep {

  private final EmbeddingModel model;

  public EmbedQuestion(EmbeddingModel model) {
    this.model = model;
  }

  @Override
  public String name() {
    return "embed";
  }

  @Override
  public boolean optional() {
    return false;
  }

  @Override
  public Retrieved apply(Retrieved state) {
    List<Query> made = new ArrayList<>();
    for (Query query : state.queries()) {
      boolean needed = query.mode() != SearchMode.BM25 && query.vector() == null;
      made.add(
          needed
              ? query.withVector(
                  model.embed(List.of(query.text()), EmbeddingModel.Role.QUERY).get(0))
              : query);
    }
    return state.withQueries(made);
  }
}
