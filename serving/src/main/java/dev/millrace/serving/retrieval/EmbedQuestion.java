package dev.millrace.serving.retrieval;

import dev.millrace.models.embedding.EmbeddingModel;
import java.util.List;

/** Makes the question's vector, where the mode needs one. */
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
  public Retrieved apply(Retrieved state) {
    if (state.request().mode() == SearchMode.BM25) {
      return state;
    }
    return state.withVector(
        model.embed(List.of(state.request().text()), EmbeddingModel.Role.QUERY).get(0));
  }
}
