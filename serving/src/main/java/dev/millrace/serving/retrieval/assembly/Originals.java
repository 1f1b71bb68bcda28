package dev.millrace.serving.retrieval.assembly;

import dev.millrace.serving.retrieval.CleanedDocument;
import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.PassageIndex;
import dev.millrace.serving.retrieval.Retrieved;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The documents of found passages, read in one go. A document that has changed since the index was
 * asked, or that the caller may not see (any more), is not there: its ranges mean other words.
 */
final class Originals {

  private final Map<String, CleanedDocument> documents = new HashMap<>();

  private Originals() {}

  static Originals of(Collection<Passage> passages, Retrieved state, PassageIndex index) {
    Originals originals = new Originals();
    var ids = passages.stream().map(Passage::documentId).distinct().toList();
    if (!ids.isEmpty()) {
      index
          .documents(ids)
          .forEach(
              (id, document) -> {
                if (state.request().caller().maySee(document.acl())) {
                  originals.documents.put(id, document);
                }
              });
    }
    return originals;
  }

  /** The revision that the passage is of. */
  Optional<CleanedDocument> of(Passage passage) {
    return Optional.ofNullable(documents.get(passage.documentId()))
        .filter(document -> document.revision() == passage.revision())
        .filter(document -> passage.section().end() <= document.text().length());
  }
}
