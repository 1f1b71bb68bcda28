package dev.millrace.serving.retrieval;

import dev.millrace.models.embedding.TokenCounter;
import java.util.Objects;

/**
 * How much passage text a prompt may hold.
 *
 * @param tokens at least 1
 * @param counter counts as the model does that reads the prompt
 */
public record ContextBudget(int tokens, TokenCounter counter) {

  public ContextBudget {
    Objects.requireNonNull(counter, "counter");
    if (tokens < 1) {
      throw new IllegalArgumentException("tokens is at least 1, not " + tokens);
    }
  }
}
