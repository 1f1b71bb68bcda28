package dev.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code samples}: the same as {@code samples list}. */
@Command(
    name = "samples",
    mixinStandardHelpOptions = true,
    description = "Shows what the policy was asked, what it answered and what became of it.",
    subcommands = {SamplesListCommand.class, SamplesShowCommand.class})
final class SamplesCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  @Mixin private SampleOptions options;

  Main millrace() {
    return millrace;
  }

  @Override
  public Integer call() {
    return options.list(millrace, spec);
  }
}
