package dev.millrace.runtime;

/**
 * Something outside is away or overloaded: the same work may succeed later, and nothing is wrong
 * with the records. The message is one line for operators.
 */
public final class RetriableException extends RuntimeException {

  private static final long serialVersionUID = 1;

  public RetriableException(String message, Throwable cause) {
    super(message, cause);
  }
}
