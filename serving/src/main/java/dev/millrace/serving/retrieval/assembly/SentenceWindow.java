package dev.millrace.serving.retrieval.assembly;

import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.retrieval.RetrievalStep;
import dev.millrace.serving.retrieval.Retrieved;
import dev.millrace.serving.text.SentenceSplitter;
import java.util.List;

/** Gives every passage the sentences before and after it, but none of another section. */
public final class SentenceWindow implements RetrievalStep {

  /** No sentence is looked for farther away than this; hostile text may have none. */
  private static final int FARTHEST = 4_000;

  private final PassageIndex index;
  private final int sentences;

  /**
   * @param sentences on either side, at least 1
   */
  public SentenceWindow(PassageIndex index, int sentences) {
    if (sentences < 1) {
      throw new IllegalArgumentException("sentences is at least 1, not " + sentences);
    }
    this.index = index;
    this.sentences = sentences;
  }

  @Override
  public String name() {
    return "window";
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
                      passage.resized(window(passage, document), document.text()), document.text()),
              () -> joined.add(passage));
    }
    return state.withPassages(joined.passages());
  }

  private Range window(Passage passage, CleanedDocument document) {
    // after a step that enlarged the passage its section may be the smaller
    Range within = passage.section().join(passage.range());
    int from = Math.max(within.start(), passage.start() - FARTHEST);
    int to = Math.min(within.end(), passage.end() + FARTHEST);
    String text = document.text();
    List<SentenceSplitter.Range> before =
        SentenceSplitter.split(text.substring(from, passage.start()));
    List<SentenceSplitter.Range> after = SentenceSplitter.split(text.substring(passage.end(), to));
    int start = passage.start();
    if (!before.isEmpty()) {
      start = from + before.get(Math.max(0, before.size() - sentences)).start();
    }
    int end = passage.end();
    if (!after.isEmpty()) {
      end += after.get(Math.min(after.size(), sentences) - 1).end();
    }
    return new Range(start, end);
  }
}
