package dev.millrace.runtime;

import java.util.Objects;

/** One record is at fault and will be however often it is tried: it goes to the dead letters. */
public final class PoisonedRecordException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String reason;

  /**
   * @param reason code, lower case with hyphens
   * @param message one line for a person
   */
  public PoisonedRecordException(String reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  public String reason() {
    return reason;
  }
}
