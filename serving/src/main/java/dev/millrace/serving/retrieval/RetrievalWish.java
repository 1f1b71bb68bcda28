package dev.millrace.serving.retrieval;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.Refusal;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What one request wants of retrieval, where it differs from the settings. Written in a request as
 * {@code "retrieval": {"steps": {"mmr": true, "rewrite": false}, "context_tokens": 1024}}.
 *
 * @param steps step to whether it runs; a name that no step has is refused by {@link Retrieval#run}
 * @param contextTokens most tokens of passages in a prompt; empty: as settings say
 */
public record RetrievalWish(Map<String, Boolean> steps, OptionalInt contextTokens) {

  /** All as settings say. */
  public static final RetrievalWish NONE = new RetrievalWish(Map.of(), OptionalInt.empty());

  /** Name of the field in requests. */
  public static final String FIELD = "retrieval";

  private static final int MOST_STEPS = 50;
  private static final int MOST_TOKENS = 1_000_000;

  public RetrievalWish {
    steps = Map.copyOf(steps);
    if (contextTokens.isPresent() && contextTokens.getAsInt() < 1) {
      throw new IllegalArgumentException(
          "contextTokens is at least 1, not " + contextTokens.getAsInt());
    }
  }

  /**
   * Reads the field {@value #FIELD} of a request; without it, {@link #NONE}.
   *
   * @throws Refusal 400 if it is of another shape
   */
  public static RetrievalWish in(JsonNode request) {
    JsonNode field = request.path(FIELD);
    if (field.isMissingNode() || field.isNull()) {
      return NONE;
    }
    if (!field.isObject()) {
      throw Refusal.invalid(FIELD, "'retrieval' has to be an object with 'steps'.");
    }
    JsonNode tokens = field.path("context_tokens");
    boolean given = !tokens.isMissingNode() && !tokens.isNull();
    boolean fits = tokens.isInt() && tokens.intValue() >= 1 && tokens.intValue() <= MOST_TOKENS;
    if (given && !fits) {
      throw Refusal.invalid(
          "retrieval.context_tokens",
          "'retrieval.context_tokens' has to be a whole number from 1 to " + MOST_TOKENS + ".");
    }
    return new RetrievalWish(
        steps(field.path("steps")),
        given ? OptionalInt.of(tokens.intValue()) : OptionalInt.empty());
  }

  private static Map<String, Boolean> steps(JsonNode given) {
    Map<String, Boolean> steps = new HashMap<>();
    if (given.isMissingNode() || given.isNull()) {
      return steps;
    }
    boolean fits = given.isObject() && given.size() <= MOST_STEPS;
    for (Map.Entry<String, JsonNode> step : given.properties()) {
      fits &= step.getValue().isBoolean();
      steps.put(step.getKey(), step.getValue().booleanValue());
    }
    if (!fits) {
      throw Refusal.invalid(
          "retrieval.steps",
          "'retrieval.steps' has to be an object of step names with true or false.");
    }
    return steps;
  }
}
