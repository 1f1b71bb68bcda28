package dev.millrace.models.generate;

/** Turns tokens into text; needed for stop strings only. */
@FunctionalInterface
public interface TokenText {

  /** The text of these tokens, special tokens left out. */
  String of(int[] tokens);
}
