package dev.millrace.learner.preference;

/**
 * Two answers to one prompt in tokens, end tokens included where there are any.
 *
 * @param prompt at least one token
 * @param chosen the better answer, at least one token
 * @param rejected the other, at least one token
 */
public record PreferencePair(int[] prompt, int[] chosen, int[] rejected) {

  public PreferencePair {
    notEmpty("prompt", prompt);
    notEmpty("chosen answer", chosen);
    notEmpty("rejected answer", rejected);
  }

  private static void notEmpty(String what, int[] tokens) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("the " + what + " of a pair has no tokens");
    }
  }
}
