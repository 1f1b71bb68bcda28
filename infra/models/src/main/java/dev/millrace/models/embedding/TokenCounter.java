package dev.millrace.models.embedding;

/** Counts the tokens of a text, in the units of one model. Cheap, and safe for several threads. */
@FunctionalInterface
public interface TokenCounter {

  /** Number of tokens in {@code text}, special tokens not counted; 0 for an empty text. */
  int count(String text);
}
