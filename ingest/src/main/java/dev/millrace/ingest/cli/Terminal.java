package dev.millrace.ingest.cli;

import java.io.Console;
import java.lang.reflect.InvocationTargetException;

/** Whether a person watches. */
public final class Terminal {

  private Terminal() {}

  /** True when standard input and output are a terminal that can move its cursor. */
  public static boolean isInteractive() {
    Console console = System.console();
    if (console == null || "dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      // From JDK 22 on there is a console object even without a terminal.
      return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true; // JDK 21: there is none without a terminal
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }
}
