package dev.millrace.models.train;

import java.util.Arrays;

/**
 * A sequence and which of its tokens are scored: those that the policy wrote. The first token has
 * nothing before it and is never scored.
 */
public record ScoredTokens(int[] tokens, boolean[] scored) {

  public ScoredTokens {
    if (tokens.length < 2 || tokens.length != scored.length) {
      throw new IllegalArgumentException(
          "a sequence needs at least 2 tokens and a mark for each: %d tokens, %d marks"
              .formatted(tokens.length, scored.length));
    }
    if (scored[0]) {
      throw new IllegalArgumentException("the first token of a sequence cannot be scored");
    }
    tokens = tokens.clone();
    scored = scored.clone();
  }

  /** A prompt, and an answer that is scored. */
  public static ScoredTokens of(int[] prompt, int[] answer) {
    int[] tokens = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, tokens, prompt.length, answer.length);
    boolean[] scored = new boolean[tokens.length];
    Arrays.fill(scored, prompt.length, tokens.length, true);
    return new ScoredTokens(tokens, scored);
  }

  /** A text whose every token but the first is scored. */
  public static ScoredTokens all(int[] tokens) {
    boolean[] scored = new boolean[tokens.length];
    Arrays.fill(scored, 1, tokens.length, true);
    return new ScoredTokens(tokens, scored);
  }

  /** Number of tokens. */
  public int length() {
    return tokens.length;
  }

  /** Number of scored tokens. */
  public int count() {
    int n = 0;
    for (boolean mark : scored) {
      n += mark ? 1 : 0;
    }
    return n;
  }

  /** Number of tokens before the first that is scored. */
  int unscoredPrefix() {
    int n = 0;
    while (n < scored.length && !scored[n]) {
      n++;
    }
    return n;
  }
}
