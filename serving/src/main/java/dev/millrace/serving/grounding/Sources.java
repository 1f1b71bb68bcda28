package dev.millrace.serving.grounding;

import dev.millrace.serving.chat.Citation;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageLink;
import dev.millrace.serving.retrieval.Range;

/** Writes citations of passages. */
final class Sources {

  private Sources() {}

  static Citation citation(Passage passage, Range range, int number, int startIndex, int endIndex) {
    String title =
        passage.title() == null || passage.title().isBlank()
            ? passage.documentId()
            : passage.title();
    String url =
        passage.uri() == null || passage.uri().isBlank()
            ? PassageLink.path(passage.documentId(), range.start(), range.end(), passage.revision())
            : passage.uri();
    return new Citation(
        number,
        startIndex,
        endIndex,
        passage.documentId(),
        title,
        url,
        passage.revision(),
        range.start(),
        range.end(),
        passage.text().substring(range.start() - passage.start(), range.end() - passage.start()));
  }
}
