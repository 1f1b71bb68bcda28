package dev.millrace.learner.ledger;

/**
 * Another learner has taken the run over: this one must end. The message is one line for people.
 */
public final class FencedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  FencedException(String message, Throwable cause) {
    super(message, cause);
  }
}
