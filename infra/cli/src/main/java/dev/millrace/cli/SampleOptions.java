package dev.millrace.cli;

import dev.millrace.contracts.avro.Purpose;
import dev.millrace.monitor.samples.SampleFilter;
import dev.millrace.monitor.samples.SampleLog;
import dev.millrace.monitor.scan.ScanLimit;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which groups of samples are listed. */
final class SampleOptions {

  /** More than for a click in the console: a command may take a moment. */
  static final ScanLimit LIMIT = new ScanLimit(200_000, 1L << 30, Duration.ofSeconds(30));

  @Option(names = "--run", paramLabel = "NAME", description = "Of this run.")
  private String run;

  @Option(
      names = "--step",
      paramLabel = "N",
      description = "Those that this step of --run took, in the order of the ledger.")
  private Long step;

  @Option(names = "--tag", paramLabel = "TAG", description = "Whose prompt has this tag.")
  private String tag;

  @Option(
      names = "--purpose",
      paramLabel = "train|eval",
      description = "For training or evaluation.")
  private Purpose purpose;

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
    if (limit < 1 || limit > 10_000) {
      throw new ParameterException(spec.commandLine(), "--limit must be from 1 to 10000: " + limit);
    }
    if (step != null && run == null) {
      throw new ParameterException(
          spec.commandLine(), "--step counts within a run: name the run with --run");
    }
    StageContext context = Servers.context(millrace);
    try (SampleLog samples = SampleLog.open(context)) {
      SampleLog.Found found = find(samples, spec);
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

  private SampleLog.Found find(SampleLog samples, CommandSpec spec) {
    var filter =
        new SampleFilter(
            Optional.ofNullable(run),
            Optional.ofNullable(tag),
            Optional.ofNullable(purpose),
            minReward == null ? OptionalDouble.empty() : OptionalDouble.of(minReward));
    if (step == null) {
      return samples.newest(filter, limit, LIMIT);
    }
    return samples
        .ofStep(run, step, filter, limit, LIMIT)
        .orElseThrow(
            () ->
                new ParameterException(
                    spec.commandLine(), "the ledger has no step " + step + " of run " + run));
  }
}
