package dev.millrace.cli;

import dev.millrace.contracts.avro.Purpose;
import dev.millrace.monitor.samples.SampleFilter;
import dev.millrace.monitor.samples.SampleLog;
import dev.millrace.monitor.scan.ScanLimit;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which groups of samples a command is about. */
final class GroupOptions {

  /** More than for a click in the console: a command may take a moment. */
  static final ScanLimit LIMIT = new ScanLimit(200_000, 1L << 30, Duration.ofSeconds(30));

  private static final int MOST = 10_000;

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

  /**
   * Says what does not go together, before anything is asked.
   *
   * @param limit the command's own {@code --limit}
   */
  void check(CommandSpec spec, int limit) {
    if (limit < 1 || limit > MOST) {
      throw wrong(spec, "--limit must be from 1 to " + MOST + ": " + limit);
    }
    if (step != null && run == null) {
      throw wrong(spec, "--step counts within a run: name the run with --run");
    }
  }

  /** The newest of them, or those of the step. */
  SampleLog.Found find(CommandSpec spec, SampleLog samples, OptionalDouble minReward, int limit) {
    var filter =
        new SampleFilter(
            Optional.ofNullable(run),
            Optional.ofNullable(tag),
            Optional.ofNullable(purpose),
            minReward);
    if (step == null) {
      return samples.newest(filter, limit, LIMIT);
    }
    return samples
        .ofStep(run, step, filter, limit, LIMIT)
        .orElseThrow(() -> wrong(spec, "the ledger has no step " + step + " of run " + run));
  }

  private static ParameterException wrong(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
