package dev.millrace.cli;

import dev.millrace.ingest.cli.Terminal;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;

/** Lines for a person: time since the start in front, colour only on a terminal. */
final class Screen {

  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\n\\t\u200D]]");

  private final PrintStream out;
  private final boolean colour;
  private final Instant began =
      ProcessHandle.current().info().startInstant().orElseGet(Instant::now);

  Screen(PrintStream out) {
    this.out = out;
    this.colour = Terminal.isInteractive() && System.getenv("NO_COLOR") == null;
  }

  /** Since this process was started, the start of the JVM included. */
  Duration sinceStart() {
    return Duration.between(began, Instant.now());
  }

  static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1000.0);
  }

  /** A step of the work, with the time at which it was reached. */
  synchronized void step(String text) {
    out.printf(Locale.ROOT, "%s %s%n", dim("%6.1f s".formatted(millis() / 1000.0)), text);
    out.flush();
  }

  private long millis() {
    return sinceStart().toMillis();
  }

  synchronized void line(String text) {
    out.println(text);
    out.flush();
  }

  /** Begins at the top again, on a terminal. */
  synchronized void clear() {
    if (colour) {
      out.print("\033[H\033[2J");
      out.flush();
    }
  }

  /** Text without a line's end; what follows goes on behind it. */
  synchronized void piece(String text) {
    out.print(text);
    out.flush();
  }

  /** Text from elsewhere without what a terminal would obey. */
  static String harmless(String text) {
    return CONTROL.matcher(text).replaceAll("");
  }

  synchronized void heading(String text) {
    out.println();
    out.println(bold(text));
    out.flush();
  }

  String bold(String text) {
    return paint("1", text);
  }

  String dim(String text) {
    return paint("2", text);
  }

  String good(String text) {
    return paint("32", text);
  }

  String bad(String text) {
    return paint("31", text);
  }

  private String paint(String code, String text) {
    return colour ? "\033[" + code + "m" + text + "\033[0m" : text;
  }
}
