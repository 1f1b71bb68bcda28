package dev.millrace.devstack;

import java.util.Locale;

/** Says in one line what an exception means to a user. */
final class Failures {
  private Failures() {}

  static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String message = root.getMessage();
    if (message == null || message.isBlank()) {
      message = failure.getMessage();
    }
    if (message == null || message.isBlank()) {
      return words(root.getClass().getSimpleName());
    }
    return message.strip().lines().findFirst().orElse("");
  }

  /** {@code ClosedChannelException} becomes {@code closed channel}. */
  private static String words(String simpleName) {
    return simpleName
        .replaceAll("Exception$|Error$", "")
        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
        .toLowerCase(Locale.ROOT);
  }
}
