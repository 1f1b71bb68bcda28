package dev.millrace.cli;

import dev.millrace.cli.bench.BenchOptions;
import dev.millrace.cli.bench.Benches;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
      "Benchmarks: demo, freshness, throughput, reuse, retrieval, chat, loop, workers, resume,",
      "publication, kinds, async; each starts a system of its own in an empty folder and ends it",
      "again. console starts Kafka alone; models, packing and algorithms are programs without a",
      "system. async and algorithms take words key=value; a wrong one names those that there are.",
      "models takes names of models."
    })
final class BenchCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  @Parameters(index = "0", paramLabel = "NAME", description = "Which benchmark.")
  private String name;

  @Parameters(index = "1..*", paramLabel = "WORD", description = "What it is told.")
  private List<String> words = List.of();

  @Option(
      names = "--corpus",
      paramLabel = "DIR",
      description = "A collection: docs.jsonl, queries.jsonl, qrels.tsv.")
  private Path corpus;

  @Option(
      names = "--steps",
      description = "With retrieval: what each step of the pipeline adds, and takes.")
  private boolean steps;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      split = ",",
      description = "With loop: the runs' seeds (default: ${DEFAULT-VALUE}).",
      defaultValue = "1,2,3")
  private List<Long> seeds;

  @Option(
      names = "--large",
      description = "With publication and kinds: a model of 1 GB too; it takes 12 GB of memory.")
  private boolean large;

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
    try {
      Benches.check(name, words);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
    var options = new BenchOptions(Optional.ofNullable(corpus), steps, seeds, large, words);
    return Benches.run(
        name, millrace.servers().preferring(AdditionRecipe.WORKERS), options, this::folder);
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
