package dev.millrace.learner.preference;

/** Training on pairs that could not be done; the message is one line that says what to do. */
public final class PairTrainingException extends RuntimeException {

  private static final long serialVersionUID = 1;

  PairTrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
