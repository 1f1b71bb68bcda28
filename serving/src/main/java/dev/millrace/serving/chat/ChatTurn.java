package dev.millrace.serving.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.retrieval.SearchMode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a backend is asked: the conversation so far, for whom, and how to look things up.
 *
 * @param messages oldest first, at least one
 * @param mode how passages are matched; empty: as settings say
 * @param filters metadata field to the exact value that cited documents must have
 * @param limits where the answer ends at the latest
 * @param sampling how a generating backend draws
 * @param format what shape the answer has to have
 * @param documents whether a generating backend is given passages; empty: as settings say
 * @param thinking whether the model should think aloud first; empty: as its template says
 * @param request the request as it came, for a backend that passes it on; read only
 */
public record ChatTurn(
    List<ChatMessage> messages,
    Caller caller,
    Optional<SearchMode> mode,
    Map<String, String> filters,
    Limits limits,
    Sampling sampling,
    AnswerFormat format,
    Optional<Boolean> documents,
    Optional<Boolean> thinking,
    Optional<ObjectNode> request) {

  public ChatTurn {
    messages = List.copyOf(messages);
    filters = Map.copyOf(filters);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("A turn needs at least one message");
    }
  }

  /** A plain question: no wishes for sampling and format. */
  public ChatTurn(
      List<ChatMessage> messages,
      Caller caller,
      Optional<SearchMode> mode,
      Map<String, String> filters,
      Limits limits) {
    this(
        messages,
        caller,
        mode,
        filters,
        limits,
        Sampling.DEFAULT,
        AnswerFormat.text(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** The same with other messages, for example with passages before the question. */
  public ChatTurn withMessages(List<ChatMessage> others) {
    return new ChatTurn(
        others, caller, mode, filters, limits, sampling, format, documents, thinking, request);
  }

  /** The same with another request to pass on. */
  public ChatTurn withRequest(Optional<ObjectNode> other) {
    return new ChatTurn(
        messages, caller, mode, filters, limits, sampling, format, documents, thinking, other);
  }

  /** The newest message of the user, which is the question; empty if there is none. */
  public Optional<String> question() {
    return messages.reversed().stream()
        .filter(m -> m.role().equals("user"))
        .map(ChatMessage::content)
        .findFirst();
  }

  /** Tokens of the whole conversation, as {@code counter} counts. */
  public int tokens(TokenCounter counter) {
    return messages.stream().mapToInt(m -> counter.count(m.content())).sum();
  }

  /**
   * Where an answer ends at the latest.
   *
   * @param maxTokens most tokens, at least 1; {@link Integer#MAX_VALUE} for no limit
   * @param stop texts before whose first occurrence the answer ends; none of them empty
   */
  public record Limits(int maxTokens, List<String> stop) {

    public static final Limits NONE = new Limits(Integer.MAX_VALUE, List.of());

    public Limits {
      stop = List.copyOf(stop);
      if (maxTokens < 1) {
        throw new IllegalArgumentException("maxTokens is at least 1, not " + maxTokens);
      }
      if (stop.stream().anyMatch(String::isEmpty)) {
        throw new IllegalArgumentException("A stop text is not empty");
      }
    }
  }
}
