package dev.millrace.cli;

import dev.millrace.monitor.deadletter.LetterFilter;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Which dead letters a command means. */
final class LetterOptions {

  @Option(names = "--stage", paramLabel = "NAME", description = "Only those of this stage.")
  private String stage;

  @Option(names = "--reason", paramLabel = "CODE", description = "Only those of this reason.")
  private String reason;

  @Option(names = "--origin", paramLabel = "TOPIC", description = "Only those from this topic.")
  private String origin;

  LetterFilter filter(boolean open) {
    return new LetterFilter(
        Optional.ofNullable(stage), Optional.ofNullable(reason), Optional.ofNullable(origin), open);
  }
}
