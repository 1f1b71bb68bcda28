package dev.millrace.cli;

import dev.millrace.devstack.DevStackException;
import dev.millrace.ingest.cli.DeleteCommand;
import dev.millrace.ingest.cli.PushCommand;
import dev.millrace.runtime.SettingsException;
import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/**
 * {@code millrace}. Exit codes: 0 done, 1 could not be done, 2 the command line or a setting is
 * wrong. A failure is one line; {@code MILLRACE_DEBUG=1} adds the stack trace.
 */
@Command(
    name = "millrace",
    mixinStandardHelpOptions = true,
    version = "millrace 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    description = "One Kafka log drives retrieval and reinforcement learning.",
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Exit codes: 0 done, 1 could not be done, 2 wrong command line or setting.",
      "Settings: infra/runtime/src/main/resources/millrace-defaults.properties explains each."
    },
    subcommands = {
      DemoCommand.class,
      UpCommand.class,
      PushCommand.class,
      DeleteCommand.class,
      AskCommand.class,
      SearchCommand.class,
      TrainCommand.class,
      TrainPairsCommand.class,
      ReplayCommand.class,
      WeightsCommand.class,
      AuditCommand.class,
      SamplesCommand.class,
      RescoreCommand.class,
      LagCommand.class,
      DeadLettersCommand.class,
      StagesCommand.class,
      TraceCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      TestCommand.class,
      AutoComplete.GenerateCompletion.class,
      CommandLine.HelpCommand.class
    })
public final class Main implements Runnable {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @CommandLine.Mixin private ServerOptions servers;

  ServerOptions servers() {
    return servers;
  }

  /** Says what there is when no command is given. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "name a command; --help lists them");
  }

  public static void main(String[] words) {
    System.exit(commandLine().execute(words));
  }

  static CommandLine commandLine() {
    var main = new Main();
    var line = new CommandLine(main, new Commands(main));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(
        (problem, arguments) -> {
          PrintWriter err = problem.getCommandLine().getErr();
          err.println("millrace: " + oneLine(problem.getMessage()));
          err.flush();
          return CommandLine.ExitCode.USAGE;
        });
    line.setExecutionExceptionHandler(
        (problem, command, parsed) -> {
          if (System.getenv("MILLRACE_DEBUG") != null) {
            problem.printStackTrace(command.getErr());
          }
          command.getErr().println("millrace: " + sentence(problem));
          command.getErr().flush();
          return problem instanceof SettingsException
              ? CommandLine.ExitCode.USAGE
              : CommandLine.ExitCode.SOFTWARE;
        });
    return line;
  }

  private static String sentence(Exception problem) {
    if (problem instanceof DevStackException known && !known.details().isBlank()) {
      return known.getMessage() + System.lineSeparator() + known.details();
    }
    return problem.getMessage() == null
        ? problem.getClass().getSimpleName()
        : oneLine(problem.getMessage());
  }

  private static String oneLine(String text) {
    return String.join(" ", text.lines().map(String::strip).toList());
  }
}
