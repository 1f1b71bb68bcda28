package dev.millrace.ingest.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** A program of nothing but this module's commands. */
@Command(
    name = "test",
    subcommands = {PushCommand.class, DeleteCommand.class})
final class Commands {

  private Commands() {}

  static CommandLine line(Connections connections) {
    return new CommandLine(new Commands(), new CommandFactory(connections))
        .setCaseInsensitiveEnumValuesAllowed(true);
  }
}
