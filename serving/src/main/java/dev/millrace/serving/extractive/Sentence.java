package dev.millrace.serving.extractive;

import dev.millrace.serving.retrieval.Passage;
import java.util.Set;

/**
 * A sentence of a passage.
 *
 * @param rank of its passage, 0 for the best
 * @param position in its passage, 0 for the first
 * @param start first character in the document's cleaned text
 * @param terms in the order of the text
 * @param before the sentence before it in the passage, or an empty text
 */
record Sentence(
    Passage passage,
    int rank,
    int position,
    int start,
    String text,
    String before,
    Set<String> terms) {

  /** One past its last character. */
  int end() {
    return start + text.length();
  }

  /** True if both stand in the same revision of one document and share characters. */
  boolean overlaps(Sentence other) {
    return passage.documentId().equals(other.passage.documentId())
        && passage.revision() == other.passage.revision()
        && start < other.end()
        && other.start < end();
  }
}
