package dev.millrace.serving.retrieval.assembly;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.retrieval.RetrievalStep;
import dev.millrace.serving.retrieval.Retrieved;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Gives a parent in the place of its chunks where most of them were found (the auto-merging
 * retriever of LlamaIndex). The parent stands where the best of its chunks stood.
 */
public final class AutoMerge implements RetrievalStep {

  /** Chunks that are looked at for each passage that is wanted. */
  private static final int CHUNKS_A_PASSAGE = 4;

  private final PassageIndex index;
  private final Parents parents;
  private final double share;

  /**
   * @param tokens most of a parent
   * @param share of a parent's chunks of which more must have been found, 0 to 1
   */
  public AutoMerge(PassageIndex index, TokenCounter counter, int tokens, double share) {
    this.index = index;
    this.parents = new Parents(tokens, counter);
    this.share = share;
  }

  @Override
  public String name() {
    return "auto-merge";
  }

  @Override
  public int depth(int limit) {
    return CHUNKS_A_PASSAGE * limit;
  }

  @Override
  public Retrieved apply(Retrieved state) {
    if (state.request().perDocument()) {
      return state.withNote("one passage a document: nothing to merge");
    }
    List<Passage> found = state.passages();
    // Only a document of which several chunks were found can have most of a parent's.
    List<Passage> several =
        found.stream().filter(p -> found.stream().anyMatch(q -> q != p && q.isBeside(p))).toList();
    Originals originals = Originals.of(several, state, index);
    Map<Passage, Parents.Parent> merged = new HashMap<>();
    for (Passage passage : several) {
      originals
          .of(passage)
          .map(document -> parents.of(passage, document))
          .filter(parent -> isMostlyFound(parent, passage, several))
          .ifPresent(parent -> merged.put(passage, parent));
    }
    Joined joined = new Joined();
    Set<Range> given = new HashSet<>();
    for (Passage passage : found) {
      Parents.Parent parent = merged.get(passage);
      if (parent == null) {
        joined.add(passage);
      } else {
        String whole = originals.of(passage).orElseThrow().text();
        joined.add(passage.resized(parent.range(), whole), whole);
        given.add(parent.range());
      }
    }
    return state.withPassages(joined.passages()).withNote(given.size() + " parents");
  }

  private boolean isMostlyFound(Parents.Parent parent, Passage of, List<Passage> found) {
    long hits =
        parent.leaves().stream()
            .filter(leaf -> found.stream().anyMatch(p -> p.isBeside(of) && p.range().equals(leaf)))
            .count();
    return hits >= 2 && hits > share * parent.leaves().size();
  }
}
