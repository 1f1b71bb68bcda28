package dev.millrace.serving.retrieval.assembly;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.Range;
import java.util.ArrayList;
import java.util.List;

/**
 * The larger pieces that chunks are parts of: a whole section where it is small enough, otherwise
 * runs of its chunks, from its beginning on, each of at most so many tokens. A run is the same
 * whichever of its chunks was found.
 */
final class Parents {

  /**
   * A piece of a document.
   *
   * @param leaves the chunks in it, in order, at least one
   */
  record Parent(Range range, List<Range> leaves) {}

  private final int tokens;
  private final TokenCounter counter;

  /**
   * @param tokens most of a parent, unless a single chunk has more
   */
  Parents(int tokens, TokenCounter counter) {
    this.tokens = tokens;
    this.counter = counter;
  }

  /** The parent of a passage of this revision; the passage itself if its chunk is not known. */
  Parent of(Passage passage, CleanedDocument document) {
    for (Parent parent : in(passage.section(), document)) {
      if (parent.range().holds(passage.range())) {
        return parent;
      }
    }
    return new Parent(passage.range(), List.of(passage.range()));
  }

  /** All parents in a section, in order. */
  List<Parent> in(Range section, CleanedDocument document) {
    List<Parent> parents = new ArrayList<>();
    List<Range> run = new ArrayList<>();
    Range range = null;
    for (Range chunk : document.chunks()) {
      if (!section.holds(chunk)) {
        continue;
      }
      Range longer = range == null ? chunk : range.join(chunk);
      if (range != null && count(document, longer) > tokens) {
        parents.add(new Parent(range, List.copyOf(run)));
        run.clear();
        longer = chunk;
      }
      run.add(chunk);
      range = longer;
    }
    if (range != null) {
      parents.add(new Parent(range, List.copyOf(run)));
    }
    return parents;
  }

  private int count(CleanedDocument document, Range range) {
    return counter.count(document.text().substring(range.start(), range.end()));
  }
}
