package dev.millrace.rollout;

/** A task that no worker can sample, however often it is tried: that is its result. */
final class TaskFailedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final TaskFailure failure;

  TaskFailedException(TaskFailure failure, String message) {
    super(message);
    this.failure = failure;
  }

  TaskFailure failure() {
    return failure;
  }
}
