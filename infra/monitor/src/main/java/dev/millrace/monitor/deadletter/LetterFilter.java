package dev.millrace.monitor.deadletter;

import java.util.Optional;

/**
 * Which letters are wanted; what is empty does not matter.
 *
 * @param open true: only those that were not sent again
 */
public record LetterFilter(
    Optional<String> stage, Optional<String> reason, Optional<String> origin, boolean open) {

  /** All of them. */
  public static final LetterFilter ALL =
      new LetterFilter(Optional.empty(), Optional.empty(), Optional.empty(), false);

  boolean takes(Letter letter) {
    return stage.map(letter.stage()::equals).orElse(true)
        && reason.map(letter.reason()::equals).orElse(true)
        && origin.map(letter.origin()::equals).orElse(true)
        && !(open && letter.redriven().isPresent());
  }
}
