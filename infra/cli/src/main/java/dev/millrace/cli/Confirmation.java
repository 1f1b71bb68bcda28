package dev.millrace.cli;

import dev.millrace.ingest.cli.Terminal;

/** Asks at the terminal before something is changed. */
final class Confirmation {

  private Confirmation() {}

  /**
   * @param question without the answers that there are
   * @throws CommandFailure when there is no terminal to ask at
   */
  static boolean asked(String question) {
    var console = System.console();
    if (console == null || !Terminal.isInteractive()) {
      throw new CommandFailure(
          "there is no terminal to ask at (%s): say --yes".formatted(question));
    }
    String answer = console.readLine("%s [y/N] ", question);
    return answer != null && answer.strip().equalsIgnoreCase("y");
  }
}
