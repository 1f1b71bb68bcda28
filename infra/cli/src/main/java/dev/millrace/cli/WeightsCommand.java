package dev.millrace.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code weights}: what is done with them is its subcommand. */
@Command(
    name = "weights",
    mixinStandardHelpOptions = true,
    description = "Lists, exports and imports the published versions of policies.",
    subcommands = {
      WeightsListCommand.class,
      WeightsExportCommand.class,
      WeightsImportCommand.class
    })
final class WeightsCommand implements Runnable {

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  Main millrace() {
    return millrace;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "what about weights? Try: weights list, weights export newest DIR, weights import DIR");
  }
}
