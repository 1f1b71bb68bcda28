package dev.millrace.cli;

import dev.millrace.cli.bench.Benches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Runs one benchmark on a system of its own; the last line of the output is JSON. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = "Measures; the last line of the output is the figures as JSON.",
    footer = {
      "",
      "Benchmarks: demo, freshness, throughput, reuse, retrieval, loop, models,",
      "console.",
      "Each starts a system of its own in an empty folder and ends it again."
    })
final class BenchCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  @Parameters(paramLabel = "NAME", description = "Which benchmark.")
  private String name;

  @Option(
      names = "--corpus",
      paramLabel = "DIR",
      description = "A collection: docs.jsonl, queries.jsonl, qrels.tsv.")
  private Path corpus;

  @Option(
      names = "--steps",
      description = "With retrieval: what each step of the pipeline adds, and takes.")
  private boolean steps;

  @Override
  public Integer call() throws InterruptedException {
    if (!Benches.names().contains(name)) {
      throw new ParameterException(
          spec.commandLine(),
          "unknown benchmark '" + name + "': there are " + String.join(", ", Benches.names()));
    }
    if (corpus != null && !Files.isDirectory(corpus)) {
      throw new ParameterException(spec.commandLine(), "--corpus names no folder: " + corpus);
    }
    Benches.run(name, millrace.servers(), corpus, steps, folder());
    return 0;
  }

  private Path folder() {
    try {
      return Files.createTempDirectory(
          Files.createDirectories(millrace.servers().data()), "bench-");
    } catch (IOException e) {
      throw new CommandFailure(
          "cannot make a folder in " + millrace.servers().data() + ": " + e.getMessage(), e);
    }
  }
}
