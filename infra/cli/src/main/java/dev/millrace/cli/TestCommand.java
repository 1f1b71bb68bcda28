package dev.millrace.cli;

import picocli.CommandLine.Command;

/**
 * Shown in the help; the launcher script runs the build's tests itself, before any Java of ours.
 */
@Command(
    name = "test",
    description = "Builds everything and runs all tests; arguments go to the build.")
final class TestCommand implements Runnable {

  @Override
  public void run() {
    throw new CommandFailure("tests are run by the launcher script: ./millrace test");
  }
}
