package dev.millrace.serving.retrieval;

import dev.millrace.serving.access.Caller;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is looked for, and for whom.
 *
 * @param text the question or key words, not blank
 * @param limit most passages (or documents, if grouped) to return, 1 to {@value #MAX_LIMIT}
 * @param filters metadata field to the exact value that it must have
 * @param perDocument true: only the best passage of each document
 * @param caller whose principals filter every query
 * @param history what was said before {@code text}, oldest first
 * @param wish which steps run, where that differs from the settings
 * @param budget most passage text; empty: no limit but the number of passages
 */
public record SearchRequest(
    String text,
    SearchMode mode,
    int limit,
    Map<String, String> filters,
    boolean perDocument,
    Caller caller,
    List<Utterance> history,
    RetrievalWish wish,
    Optional<ContextBudget> budget) {

  /** Most passages that one request may ask for. */
  public static final int MAX_LIMIT = 200;

  public SearchRequest {
    Objects.requireNonNull(mode, "mode");
    Objects.requireNonNull(caller, "caller");
    Objects.requireNonNull(wish, "wish");
    Objects.requireNonNull(budget, "budget");
    if (text.isBlank()) {
      throw new IllegalArgumentException("The text to search for is blank");
    }
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new IllegalArgumentException("limit is 1 to " + MAX_LIMIT + ", not " + limit);
    }
    filters = Map.copyOf(filters);
    history = List.copyOf(history);
  }

  /** A question out of the blue, answered as settings say. */
  public SearchRequest(
      String text,
      SearchMode mode,
      int limit,
      Map<String, String> filters,
      boolean perDocument,
      Caller caller) {
    this(
        text,
        mode,
        limit,
        filters,
        perDocument,
        caller,
        List.of(),
        RetrievalWish.NONE,
        Optional.empty());
  }

  /** The same in the light of a conversation. */
  public SearchRequest within(List<Utterance> earlier, RetrievalWish wanted) {
    return new SearchRequest(
        text, mode, limit, filters, perDocument, caller, earlier, wanted, budget);
  }

  /** The same with a limit to the text. */
  public SearchRequest budgeted(ContextBudget most) {
    return new SearchRequest(
        text, mode, limit, filters, perDocument, caller, history, wish, Optional.of(most));
  }

  /** The same for another text, mode and number: what a step puts to the index. */
  SearchRequest lookingFor(Query query, int number) {
    return new SearchRequest(
        query.text(),
        query.mode(),
        Math.min(MAX_LIMIT, number),
        filters,
        perDocument,
        caller,
        history,
        wish,
        budget);
  }
}
