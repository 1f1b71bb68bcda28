package dev.millrace.devstack;

import java.io.PrintStream;
import java.time.Duration;

/** One line per event. */
final class PrintedProgress implements StartupProgress {
  private final PrintStream out;

  PrintedProgress(PrintStream out) {
    this.out = out;
  }

  @Override
  public void starting(ServerKind server) {
    out.println("starting " + server.title());
  }

  @Override
  public void ready(ServerKind server, String address, Duration took) {
    out.printf("%s ready at %s after %.1f s%n", server.title(), address, took.toMillis() / 1000.0);
  }

  @Override
  public void external(ServerKind server, String address) {
    out.println(server.title() + " in use at " + address);
  }

  @Override
  public void note(String line) {
    out.println(line);
  }
}
