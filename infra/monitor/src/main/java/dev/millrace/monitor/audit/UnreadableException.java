package dev.millrace.monitor.audit;

/** A record that cannot be read; the message is one line. */
final class UnreadableException extends RuntimeException {

  private static final long serialVersionUID = 1;

  UnreadableException(String message, Throwable cause) {
    super(message, cause);
  }
}
