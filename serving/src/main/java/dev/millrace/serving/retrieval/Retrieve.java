package dev.millrace.serving.retrieval;

/** Asks the index; in hybrid mode the index fuses the two rankings itself. */
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
  public Retrieved apply(Retrieved state) {
    return state.withPassages(index.search(state.request(), state.vector()));
  }
}
