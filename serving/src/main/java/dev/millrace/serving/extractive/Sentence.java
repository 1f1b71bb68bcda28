package dev.millrace.serving.extractive;

import dev.millrace.serving.retrieval.Passage;
import java.util.Set;

/**
 * A sentence of a passage.
 *
 * @param rank of its passage, 0 for the best
 * @param start first character in the document's cleaned text
 * @param end one past its last character
 * @param before the sentence before it in the passage, or an empty text
 */
record Sentence(
    Passage passage, int rank, int start, int end, String text, String before, Set<String> terms) {

  /** True if both stand in the same revision of one document and share characters. */
  boolean overlaps(Sentence other) {
    return passage.documentId().equals(other.passage.documentId())
        && passage.revision() == other.passage.revision()
        && start < other.end
        && other.start < end;
  }
}
