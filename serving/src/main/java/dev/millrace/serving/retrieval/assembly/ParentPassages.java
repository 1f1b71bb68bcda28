package dev.millrace.serving.retrieval.assembly;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.RetrievalStep;
import dev.millrace.serving.retrieval.Retrieved;

/** Gives the parent of every passage: small pieces are found, larger ones are read. */
public final class ParentPassages implements RetrievalStep {

  private final PassageIndex index;
  private final Parents parents;

  /**
   * @param tokens most of a parent
   */
  public ParentPassages(PassageIndex index, TokenCounter counter, int tokens) {
    this.index = index;
    this.parents = new Parents(tokens, counter);
  }

  @Override
  public String name() {
    return "parent";
  }

  @Override
  public Retrieved apply(Retrieved state) {
    Originals originals = Originals.of(state.passages(), state, index);
    Joined joined = new Joined();
    for (Passage passage : state.passages()) {
      originals
          .of(passage)
          .ifPresentOrElse(
              document ->
                  joined.add(
                      passage.resized(
                          parents.of(passage, document).range().join(passage.range()),
                          document.text()),
                      document.text()),
              () -> joined.add(passage));
    }
    return state.withPassages(joined.passages());
  }
}
