package dev.millrace.serving.retrieval;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Puts the result in order: drops a passage whose text an earlier one of the same document and
 * revision already holds, keeps one passage a document where that is asked for, and cuts to the
 * limit.
 */
public final class Assemble implements RetrievalStep {

  @Override
  public String name() {
    return "assemble";
  }

  @Override
  public boolean optional() {
    return false;
  }

  @Override
  public Retrieved apply(Retrieved state) {
    List<Passage> kept = new ArrayList<>();
    Set<String> documents = new HashSet<>();
    for (Passage passage : state.passages()) {
      if (kept.size() == state.request().limit()) {
        break;
      }
      boolean first = documents.add(passage.documentId());
      if (first
          || !state.request().perDocument() && kept.stream().noneMatch(k -> holds(k, passage))) {
        kept.add(passage);
      }
    }
    return state.withPassages(kept);
  }

  private static boolean holds(Passage outer, Passage inner) {
    return outer.isBeside(inner) && outer.range().holds(inner.range());
  }
}
