package dev.millrace.devstack;

/**
 * The stack cannot do what it was asked. The message is one line for the user: what is wrong, with
 * the offending value, and what to do. Details, if any, follow on further lines of {@link
 * #details}.
 */
public final class DevStackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String details;

  public DevStackException(String message) {
    this(message, "", null);
  }

  public DevStackException(String message, Throwable cause) {
    this(message, "", cause);
  }

  public DevStackException(String message, String details, Throwable cause) {
    super(message, cause);
    this.details = details;
  }

  /** More to read below the message, such as the last lines of a log; empty when there is none. */
  public String details() {
    return details;
  }
}
