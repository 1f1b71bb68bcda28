package dev.millrace.serving.retrieval.question;

import java.util.Optional;

/**
 * A generating model, as far as retrieval needs one: an instruction and an input give a short text.
 * It has its own deadline.
 *
 * <p>What it is given besides the user's own words is data; what it gives is used to look things
 * up, never shown as an answer.
 */
@FunctionalInterface
public interface Completer {

  /**
   * The model's text; empty if it cannot answer now, for whatever reason. The question is looked up
   * without its help then.
   *
   * @param instruction what to do with the input
   * @param maxTokens where the text ends at the latest
   */
  Optional<String> complete(String instruction, String input, int maxTokens);
}
