package dev.millrace.reward.function;

import java.util.Optional;

/** The part of a completion that is judged. */
enum Part {
  /** All of it. */
  ALL,
  /** Between the last {@code <answer>} and its {@code </answer>}. */
  ANSWER,
  /** After the last {@code </think>}; all of it where there is none. */
  AFTER_THINK,
  /** The last line that is not blank. */
  LAST_LINE;

  private static final String OPEN = "<answer>";
  private static final String CLOSE = "</answer>";
  private static final String THOUGHT = "</think>";

  /** Empty when the completion has no such part. */
  Optional<String> of(String text) {
    return switch (this) {
      case ALL -> Optional.of(text);
      case ANSWER -> answer(text);
      case AFTER_THINK -> {
        int end = text.lastIndexOf(THOUGHT);
        yield Optional.of(end < 0 ? text : text.substring(end + THOUGHT.length()));
      }
      case LAST_LINE ->
          text.lines().filter(line -> !line.isBlank()).reduce((first, second) -> second);
    };
  }

  private static Optional<String> answer(String text) {
    int open = text.lastIndexOf(OPEN);
    int close = open < 0 ? -1 : text.indexOf(CLOSE, open);
    return close < 0 ? Optional.empty() : Optional.of(text.substring(open + OPEN.length(), close));
  }
}
