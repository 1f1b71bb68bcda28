package dev.millrace.serving.chat;

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
 * @param limits applied to the answer by whoever carries it; a backend may stop earlier by itself
 */
public record ChatTurn(
    List<ChatMessage> messages,
    Caller caller,
    Optional<SearchMode> mode,
    Map<String, String> filters,
    Limits limits) {

  public ChatTurn {
    messages = List.copyOf(messages);
    filters = Map.copyOf(filters);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("A turn needs at least one message");
    }
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
