package dev.millrace.serving.access;

import java.util.Locale;

/** What a caller may do. Roles do not contain one another: a key has as many as it needs. */
public enum Role {
  /** Asks, searches, reads what its principals may see, and gives feedback. */
  READER,
  /** Pushes and deletes documents and prompts. */
  PRODUCER,
  /** Sees and steers the stream: dead letters, lag, traces. */
  OPERATOR;

  /**
   * Reads the written form.
   *
   * @throws IllegalArgumentException naming those that there are
   */
  public static Role of(String written) {
    for (Role role : values()) {
      if (role.written().equals(written)) {
        return role;
      }
    }
    throw new IllegalArgumentException(
        "role '" + written + "' does not exist: there are reader, producer and operator");
  }

  public String written() {
    return name().toLowerCase(Locale.ROOT);
  }
}
