package dev.millrace.serving.extractive;

import dev.millrace.serving.access.Caller;
import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageIndex;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Turns sentences of found passages into quotes of the documents as they are now. A search may show
 * a revision that has just been replaced, or a document that has just been closed to the caller:
 * what does not stand in the current text, or may not be seen, is not quoted.
 */
final class QuoteBook {

  private final PassageIndex index;
  private final Caller caller;
  private final Map<String, CleanedDocument> known = new HashMap<>();
  private final Set<String> asked = new HashSet<>();

  QuoteBook(PassageIndex index, Caller caller) {
    this.index = index;
    this.caller = caller;
  }

  /** Reads the documents in one go. */
  void open(Collection<String> documentIds) {
    List<String> missing = documentIds.stream().distinct().filter(asked::add).toList();
    if (!missing.isEmpty()) {
      known.putAll(index.documents(missing));
    }
  }

  /** The quote of a sentence in the current revision; empty if it is not there (any more). */
  Optional<Quote> quote(Sentence sentence) {
    Passage passage = sentence.passage();
    open(List.of(passage.documentId()));
    CleanedDocument document = known.get(passage.documentId());
    if (document == null || !caller.maySee(document.acl())) {
      return Optional.empty();
    }
    int start = sentence.start();
    if (document.revision() != passage.revision()
        || !document.text().startsWith(sentence.text(), start)) {
      start = document.text().indexOf(sentence.text());
    }
    return start < 0
        ? Optional.empty()
        : Optional.of(complete(document, start, start + sentence.text().length()));
  }

  /** A sentence that announces something ({@code ...:}) is quoted with the block it announces. */
  private static Quote complete(CleanedDocument document, int start, int end) {
    String text = document.text();
    if (text.charAt(end - 1) != ':' && text.charAt(end - 1) != '：') {
      return new Quote(document, start, end);
    }
    int from = end;
    while (from < text.length() && Character.isWhitespace(text.charAt(from))) {
      from++;
    }
    int blank = text.indexOf("\n\n", from);
    int to = blank < 0 ? text.length() : blank;
    if (to - from > Quote.LONGEST_ANNOUNCED) { // then its first lines, whole
      int line = text.lastIndexOf('\n', from + Quote.LONGEST_ANNOUNCED);
      to = line > from ? line : end;
    }
    return new Quote(document, start, Math.max(end, to));
  }
}
