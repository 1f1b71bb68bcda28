package dev.millrace.ingest.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code push}: what is pushed is its subcommand. */
@Command(
    name = "push",
    description = "Push documents and prompts to the log.",
    mixinStandardHelpOptions = true,
    subcommands = {PushDocumentsCommand.class, PushPromptsCommand.class, HelpCommand.class})
public final class PushCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "push what? Try: push documents FOLDER, push prompts FILE (or push --help)");
  }
}
