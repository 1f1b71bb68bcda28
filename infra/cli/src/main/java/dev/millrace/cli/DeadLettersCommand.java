package dev.millrace.cli;

import dev.millrace.monitor.MonitorStage;
import dev.millrace.monitor.deadletter.DeadLetterDesk;
import dev.millrace.monitor.lag.LagMonitor;
import dev.millrace.monitor.lag.LagSettings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;

/** Records that could not be processed. */
@Command(
    name = "dead-letters",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Shows records that could not be processed, and sends them again.",
    subcommands = {
      DeadLettersListCommand.class,
      DeadLettersShowCommand.class,
      DeadLettersRedriveCommand.class,
      CommandLine.HelpCommand.class
    })
final class DeadLettersCommand implements Runnable {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @ParentCommand private Main millrace;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "say list, show or redrive; --help tells more");
  }

  /** Does something at the desk; what Kafka refuses becomes one line. */
  <T> T at(Function<DeadLetterDesk, T> work) {
    var context = StageContext.of(millrace.servers().settings(), new SimpleMeterRegistry());
    try (LagMonitor lag = MonitorStage.monitor(context, LagSettings.from(context.settings()));
        DeadLetterDesk desk = DeadLetterDesk.open(context, lag::refresh)) {
      return work.apply(desk);
    } catch (KafkaException e) {
      throw new CommandFailure(
          "Kafka at %s: %s".formatted(context.kafka().bootstrap(), e.getMessage()), e);
    }
  }
}
