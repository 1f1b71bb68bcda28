package dev.millrace.policy;

/** A policy version that cannot be published, found or used; the message is one line for people. */
public final class PolicyException extends RuntimeException {

  private static final long serialVersionUID = 1;

  /** What is wrong. */
  public enum Reason {
    /** No such version is in the log. */
    NOT_FOUND,
    /** The manifest is there, its bytes have been removed from the log. */
    PRUNED,
    /** Fewer bytes than the manifest says. */
    TRUNCATED,
    /** Other bytes than the manifest says. */
    CORRUPT,
    /** Bytes as published, which are not weights of this model: shape, names, a NaN. */
    UNFIT,
    /** A kind or type that this build cannot read. */
    NOT_SUPPORTED,
    /** This process may not take the memory that it needs. */
    NO_MEMORY,
    /** Kafka did not deliver or acknowledge in time. May go better later. */
    TIMEOUT,
    /** Somebody else has published this version of the policy. */
    CONFLICT
  }

  private final transient Reason reason;

  public PolicyException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public PolicyException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
