package dev.millrace.learner.snapshot;

/** A snapshot that cannot be used; the message is one line that says what to do. */
public final class SnapshotException extends RuntimeException {

  private static final long serialVersionUID = 1;

  SnapshotException(String message, Throwable cause) {
    super(message, cause);
  }
}
