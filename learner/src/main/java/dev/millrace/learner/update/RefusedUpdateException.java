package dev.millrace.learner.update;

/**
 * An update that would have broken the policy: its loss or gradient is not finite. Weights and
 * optimizer are exactly as they were before the call.
 */
public final class RefusedUpdateException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  RefusedUpdateException(String message, Throwable cause) {
    super(message, cause);
  }
}
