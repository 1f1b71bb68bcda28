package dev.millrace.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code samples list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists groups of samples, newest first: one line a task.")
final class SamplesListCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @ParentCommand private SamplesCommand samples;

  @Mixin private SampleOptions options;

  @Override
  public Integer call() {
    return options.list(samples.millrace(), spec);
  }
}
