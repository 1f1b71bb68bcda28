package dev.millrace.contracts;

import org.apache.kafka.common.errors.SerializationException;

/**
 * A record's bytes are not what its topic promises. The record itself is at fault: trying again
 * gives the same result, so it belongs among the dead letters.
 */
public final class WireFormatException extends SerializationException {

  /** Why a record could not be read; its name in lower case is the dead letter's reason code. */
  public enum Reason {
    NOT_WIRE_FORMAT,
    UNKNOWN_SCHEMA,
    UNREADABLE_RECORD
  }

  private static final long serialVersionUID = 1;

  private final Reason reason;

  WireFormatException(Reason reason, String message, Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
