package dev.millrace.cli;

import dev.millrace.monitor.samples.SampleLog;
import dev.millrace.runtime.StageContext;
import java.util.OptionalDouble;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Which groups of samples are listed. */
final class SampleOptions {

  @Mixin private GroupOptions groups;

  @Option(
      names = "--min-reward",
      paramLabel = "X",
      description = "Whose best answer has this reward at least.")
  private Double minReward;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "How many (default: ${DEFAULT-VALUE}).",
      defaultValue = "20")
  private int limit;

  @Option(names = "--json", description = "Print JSON, answers included.")
  private boolean json;

  int list(Main millrace, CommandSpec spec) {
    groups.check(spec, limit);
    StageContext context = Servers.context(millrace);
    try (SampleLog samples = SampleLog.open(context)) {
      OptionalDouble least =
          minReward == null ? OptionalDouble.empty() : OptionalDouble.of(minReward);
      SampleLog.Found found = groups.find(spec, samples, least, limit);
      var printer = new SamplePrinter(new Screen(System.out));
      if (json) {
        printer.json(found);
      } else {
        printer.list(found);
      }
      return 0;
    } catch (KafkaException e) {
      throw Servers.away(context, e);
    }
  }
}
