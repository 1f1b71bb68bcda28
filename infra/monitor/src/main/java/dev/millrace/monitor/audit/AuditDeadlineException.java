package dev.millrace.monitor.audit;

/** The audit was not done in time; the message is one line that says how far it had come. */
public final class AuditDeadlineException extends RuntimeException {

  private static final long serialVersionUID = 1;

  AuditDeadlineException(String message) {
    super(message);
  }
}
