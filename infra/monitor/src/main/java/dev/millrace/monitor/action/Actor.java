package dev.millrace.monitor.action;

import java.util.Objects;

/**
 * Who does something.
 *
 * @param name of the API key, or of the user of the command line
 * @param via {@code console} or {@code command-line}
 */
public record Actor(String name, String via) {
  public Actor {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(via, "via");
  }

  /** Whoever runs this process. */
  public static Actor ofCommandLine() {
    return new Actor(System.getProperty("user.name", "unknown"), "command-line");
  }
}
