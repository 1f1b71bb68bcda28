package dev.millrace.cli;

import dev.millrace.monitor.action.Actor;
import dev.millrace.monitor.action.OperatorLog;
import dev.millrace.monitor.action.StageSwitch;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.control.Pause;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Pauses stages and lets them go on. */
@Command(
    name = "stages",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Pauses stages, lets them go on, and tells which are paused.",
    subcommands = {
      StagesCommand.List.class,
      StagesCommand.PauseStage.class,
      StagesCommand.ResumeStage.class,
      CommandLine.HelpCommand.class
    })
final class StagesCommand implements Runnable {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  @ParentCommand private Main millrace;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "say list, pause or resume; --help tells more");
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Tells which stages are paused, by whom, since when and why.")
  static final class List implements Callable<Integer> {

    @ParentCommand private StagesCommand stages;

    @Override
    public Integer call() throws InterruptedException {
      var screen = new Screen(System.out);
      StageContext context = Servers.context(stages.millrace);
      try (var controls = context.controls()) {
        controls.start();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!controls.isKnown()) {
          if (System.nanoTime() > end) {
            throw new CommandFailure(
                "Kafka at %s does not tell of %s within %d s"
                    .formatted(
                        context.kafka().bootstrap(),
                        context.topics().stageControls().name(),
                        PATIENCE.toSeconds()));
          }
          Thread.sleep(20);
        }
        for (String stage : StageSwitch.STAGES) {
          String state =
              controls.pause(stage).map(Pause::describe).orElse("works when it is started");
          screen.line("%-10s  %s".formatted(stage, Printable.of(state)));
        }
      }
      return 0;
    }
  }

  @Command(
      name = "pause",
      mixinStandardHelpOptions = true,
      description =
          "Orders every process of a stage to finish what it holds and to take nothing new, also"
              + " after a restart, until it is resumed. What comes in waits in the log.",
      footer = {"", "Recorded in the topic operator-actions."})
  static final class PauseStage implements Callable<Integer> {

    @ParentCommand private StagesCommand stages;

    @Parameters(
        paramLabel = "STAGE",
        description = "preprocess, embed, rollout, reward or learner.")
    private String stage;

    @Option(names = "--reason", paramLabel = "TEXT", description = "What for; others will read it.")
    private String reason = "";

    @Option(names = "--yes", description = "Does not ask.")
    private boolean yes;

    @Override
    public Integer call() {
      if (!yes && !Confirmation.asked("Pause " + stage + "?")) {
        new Screen(System.out).line("nothing was ordered");
        return 0;
      }
      stages.order(one -> one.pause(stage, reason, Actor.ofCommandLine()));
      new Screen(System.out).line(stage + " is ordered to pause");
      return 0;
    }
  }

  @Command(
      name = "resume",
      mixinStandardHelpOptions = true,
      description = "Lets every process of a stage go on.",
      footer = {"", "Recorded in the topic operator-actions."})
  static final class ResumeStage implements Callable<Integer> {

    @ParentCommand private StagesCommand stages;

    @Parameters(
        paramLabel = "STAGE",
        description = "preprocess, embed, rollout, reward or learner.")
    private String stage;

    @Override
    public Integer call() {
      stages.order(one -> one.resume(stage, Actor.ofCommandLine()));
      new Screen(System.out).line(stage + " may go on");
      return 0;
    }
  }

  private void order(Consumer<StageSwitch> order) {
    StageContext context = Servers.context(millrace);
    try (var scan = new LogScan(context.kafka().reader("millrace-stages"))) {
      var log = new OperatorLog(scan, context.registry(), context.topics().operatorActions());
      order.accept(new StageSwitch(context, log));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (KafkaException e) {
      throw new CommandFailure(
          "Kafka at %s: %s".formatted(context.kafka().bootstrap(), e.getMessage()), e);
    }
  }
}
