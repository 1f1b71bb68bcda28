package dev.millrace.serving.retrieval.assembly;

import dev.millrace.serving.retrieval.ContextBudget;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.retrieval.RetrievalStep;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.text.SentenceSplitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps the best passages that fit into the budget of the request. The first that does not fit is
 * cut behind its last sentence that does; a later, shorter one may still find room. Where not even
 * one sentence of the best passage fits, nothing does.
 */
public final class Budget implements RetrievalStep {

  @Override
  public String name() {
    return "budget";
  }

  @Override
  public Retrieved apply(Retrieved state) {
    Optional<ContextBudget> budget = state.request().budget();
    if (budget.isEmpty()) {
      return state;
    }
    List<Passage> kept = new ArrayList<>();
    int left = budget.get().tokens();
    boolean cut = false;
    for (Passage passage : state.passages()) {
      int cost = budget.get().counter().count(passage.text());
      Passage fitting = passage;
      if (cost > left) {
        fitting = cut ? null : shortened(passage, left, budget.get());
        cut = true;
      }
      if (fitting != null) {
        kept.add(fitting);
        left -= budget.get().counter().count(fitting.text());
      }
    }
    int used = budget.get().tokens() - left;
    return state.withPassages(kept).withNote(used + " tokens");
  }

  private static Passage shortened(Passage passage, int tokens, ContextBudget budget) {
    List<SentenceSplitter.Range> sentences = SentenceSplitter.split(passage.text());
    int low = 0; // how many sentences fit, by bisection: more text never has fewer tokens
    int high = sentences.size();
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      String text = passage.text().substring(0, sentences.get(middle - 1).end());
      if (budget.counter().count(text) <= tokens) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    if (low == 0) {
      return null;
    }
    int end = sentences.get(low - 1).end();
    return new Passage(
        passage.documentId(),
        passage.title(),
        passage.uri(),
        passage.revision(),
        passage.start(),
        passage.start() + end,
        passage.text().substring(0, end),
        passage.headings(),
        passage.section().join(new Range(passage.start(), passage.end())),
        passage.score());
  }
}
