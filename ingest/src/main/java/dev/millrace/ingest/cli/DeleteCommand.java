package dev.millrace.ingest.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code delete}: what is deleted is its subcommand. */
@Command(
    name = "delete",
    description = "Delete documents.",
    mixinStandardHelpOptions = true,
    subcommands = {DeleteDocumentCommand.class, HelpCommand.class})
public final class DeleteCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "delete what? Try: delete document ID (or delete --help)");
  }
}
