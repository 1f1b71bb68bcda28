package dev.millrace.learner.update;

/**
 * A prompt and the answer that is wanted.
 *
 * @param answer its end token included; it alone is learned
 */
public record SftExample(int[] prompt, int[] answer) {

  public SftExample {
    if (prompt.length == 0 || answer.length == 0) {
      throw new IllegalArgumentException(
          "an example needs a prompt and an answer: they have %d and %d tokens"
              .formatted(prompt.length, answer.length));
    }
    prompt = prompt.clone();
    answer = answer.clone();
  }
}
