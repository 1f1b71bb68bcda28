package dev.millrace.models.checkpoint;

/**
 * A checkpoint that cannot be used, said in one line: which file or tensor, what is wrong with it.
 */
public final class CheckpointException extends RuntimeException {

  public CheckpointException(String message) {
    super(message);
  }

  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
