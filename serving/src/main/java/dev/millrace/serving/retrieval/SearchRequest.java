package dev.millrace.serving.retrieval;

import dev.millrace.serving.access.Caller;
import java.util.Map;
import java.util.Objects;

/**
 * What is looked for, and for whom.
 *
 * @param text the question or key words, not blank
 * @param limit most passages (or documents, if grouped) to return, 1 to {@value #MAX_LIMIT}
 * @param filters metadata field to the exact value that it must have
 * @param perDocument true: only the best passage of each document
 * @param caller whose principals filter every query
 */
public record SearchRequest(
    String text,
    SearchMode mode,
    int limit,
    Map<String, String> filters,
    boolean perDocument,
    Caller caller) {

  /** Most passages that one request may ask for. */
  public static final int MAX_LIMIT = 200;

  public SearchRequest {
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(caller, "caller");
    if (text.isBlank()) {
      throw new IllegalArgumentException("The text to search for is blank");
    }
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit is 1 to " + MAX_LIMIT + ", not " + limit);
    }
    filters = Map.copyOf(filters);
  }
}
