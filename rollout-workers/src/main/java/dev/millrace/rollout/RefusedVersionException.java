package dev.millrace.rollout;

/** A version of a policy that this worker cannot run. The message is one line for operators. */
final class RefusedVersionException extends RuntimeException {

  private static final long serialVersionUID = 1;

  RefusedVersionException(String message) {
    super(message);
  }
}
