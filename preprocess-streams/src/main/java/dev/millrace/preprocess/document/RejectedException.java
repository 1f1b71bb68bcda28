package dev.millrace.preprocess.document;

import java.util.Objects;

/** A document cannot go on, and why. Expected, so it carries no stack trace. */
public final class RejectedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final Reason reason;

  /**
   * @param detail one sentence for a person
   */
  public RejectedException(Reason reason, String detail) {
    super(detail, null, false, false);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  public Reason reason() {
    return reason;
  }
}
