package dev.millrace.reward.function;

import java.util.Objects;

/** A group cannot be scored; that is no zero, and costs this group only. */
public final class RewardException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final String reason;

  /**
   * @param reason code, lower case with hyphens, for counting
   * @param message one line for a person
   */
  public RewardException(String reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason, "reason");
  }

  public String reason() {
    return reason;
  }
}
