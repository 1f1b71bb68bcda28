package dev.millrace.cli;

import dev.millrace.monitor.MonitorStage;
import dev.millrace.monitor.lag.LagMonitor;
import dev.millrace.monitor.lag.LagSettings;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** How far every group lies behind, asked of Kafka itself. */
@Command(
    name = "lag",
    mixinStandardHelpOptions = true,
    description =
        "Shows how far every consumer and share group lies behind: records, seconds, time to"
            + " drain.",
    footer = {
      "",
      "Exit code 0: nothing stuck; 3: a group is stuck (with --check).",
      "Rates need two looks: a single table takes a second longer than an answer."
    })
final class LagCommand implements Callable<Integer> {

  private static final int STUCK = 3;
  private static final int MOST_LOOKS_BACK = 40;

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  @Option(names = "--watch", description = "Shows it again and again, until Ctrl-C.")
  private boolean watch;

  @Option(
      names = "--interval",
      paramLabel = "SECONDS",
      description = "Between two tables of --watch (default: ${DEFAULT-VALUE}).",
      defaultValue = "2")
  private int interval;

  @Option(names = "--partitions", description = "One line a partition.")
  private boolean partitions;

  @Option(
      names = "--groups",
      paramLabel = "REGEX",
      description = "Only groups of this name (a regular expression).")
  private String groups;

  @Option(names = "--json", description = "Prints JSON; with --watch one object a line.")
  private boolean json;

  @Option(names = "--check", description = "Exit code 3 when a group is stuck.")
  private boolean check;

  @Override
  public Integer call() throws InterruptedException {
    var context = StageContext.of(millrace.servers().settings(), new SimpleMeterRegistry());
    LagSettings settings = settings(LagSettings.from(context.settings()));
    var screen = new Screen(System.out);
    var table = new LagTable(screen, partitions);
    try (LagMonitor monitor = MonitorStage.monitor(context, settings)) {
      LagSnapshot seen = monitor.refresh();
      for (int i = 0; i < MOST_LOOKS_BACK && !monitor.knowsThePast(); i++) {
        seen = monitor.refresh();
      }
      Thread.sleep(1_000);
      do {
        seen = monitor.refresh();
        if (json) {
          screen.line(LagJson.of(seen, watch));
        } else {
          if (watch) {
            screen.clear();
          }
          table.print(seen);
        }
        if (watch) {
          Thread.sleep(interval * 1_000L);
        }
      } while (watch);
      return check && seen.groups().stream().anyMatch(group -> group.stuck()) ? STUCK : 0;
    } catch (KafkaException e) {
      throw new CommandFailure(
          "Kafka at %s does not tell of groups: %s"
              .formatted(context.kafka().bootstrap(), e.getMessage()),
          e);
    }
  }

  private LagSettings settings(LagSettings given) {
    if (interval < 1 || interval > 3_600) {
      throw new ParameterException(
          spec.commandLine(), "--interval must be from 1 to 3600 seconds: " + interval);
    }
    if (groups == null) {
      return given;
    }
    try {
      return new LagSettings(
          given.interval(),
          given.patience(),
          Pattern.compile(groups),
          given.mostGroups(),
          given.mostSeries(),
          given.answer());
    } catch (PatternSyntaxException e) {
      throw new ParameterException(
          spec.commandLine(),
          "--groups '%s' is no regular expression: %s".formatted(groups, e.getDescription()));
    }
  }
}
