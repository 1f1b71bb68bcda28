package dev.millrace.models.tokenizer;

/**
 * Turns tokens into text one by one, for one sequence: what it gives out, joined, is the text of
 * all tokens, and no piece ends within a character. Not safe for several threads.
 */
public interface Detokenizer {

  /**
   * Takes the next token.
   *
   * @return the text that is complete now, often empty within a character of several tokens
   */
  String add(int token);

  /** The end of the sequence: what was kept back. The detokenizer is as new after it. */
  String finish();
}
