package dev.millrace.cli.bench;

import dev.millrace.cli.BenchSystem;
import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ServerOptions;
import dev.millrace.learner.bench.AlgorithmBench;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** All benchmarks by name. */
public final class Benches {

  private static final List<Bench> DOCUMENTS =
      List.of(
          new DemoBench(),
          new FreshnessBench(),
          new ThroughputBench(),
          new ReuseBench(),
          new RetrievalBench(),
          new ChatBench(),
          new LoopBench(),
          new WorkersBench(),
          new ResumeBench(),
          new PublicationBench(),
          new KindsBench(),
          new AsyncBench());

  private static final String MODELS = "models";
  private static final String MODELS_MAIN = "dev.millrace.models.bench.ModelsBench";

  /** A training step on answers of different lengths. */
  private static final String PACKING = "packing";

  private static final String ALGORITHMS = "algorithms";

  private Benches() {}

  public static List<String> names() {
    List<String> names = new ArrayList<>(DOCUMENTS.stream().map(Bench::name).toList());
    names.addAll(List.of(MODELS, PACKING, ALGORITHMS, ConsoleBench.NAME));
    return List.copyOf(names);
  }

  /**
   * Says whether a benchmark understands what it is told; programs say it themselves.
   *
   * @throws IllegalArgumentException naming a word that is wrong
   */
  public static void check(String name, List<String> words) {
    if (name.equals(AsyncBench.NAME)) {
      AsyncBench.Plan.of(words);
    } else if (!words.isEmpty() && !List.of(MODELS, ALGORITHMS).contains(name)) {
      throw new IllegalArgumentException(
          "the benchmark %s takes no words, such as '%s'".formatted(name, words.getFirst()));
    }
  }

  /**
   * Runs one on a system of its own, or as a program, and prints its figures as the last line.
   *
   * @param folders gives an empty folder, which is deleted afterwards
   * @return the status with which the command ends
   */
  public static int run(
      String name, ServerOptions servers, BenchOptions options, Supplier<Path> folders)
      throws InterruptedException {
    if (name.equals(MODELS)) {
      return BenchProcess.run(MODELS_MAIN, options.words());
    }
    if (name.equals(PACKING)) {
      return BenchProcess.run(MODELS_MAIN, List.of(PACKING));
    }
    Path folder = folders.get();
    if (name.equals(ALGORITHMS)) {
      try {
        List<String> arguments = new ArrayList<>(BenchSystem.demoRun(folder));
        arguments.addAll(options.words());
        return BenchProcess.run(AlgorithmBench.class.getName(), arguments);
      } finally {
        BenchSystem.delete(folder);
      }
    }
    if (name.equals(ConsoleBench.NAME)) {
      ConsoleBench.run(folder);
      return 0;
    }
    if (options.steps() && !name.equals(RetrievalBench.NAME)) {
      throw new CommandFailure("--steps goes with the benchmark " + RetrievalBench.NAME);
    }
    Bench bench =
        options.steps()
            ? new StepsBench()
            : DOCUMENTS.stream().filter(b -> b.name().equals(name)).findFirst().orElseThrow();
    var figures = new Figures(name);
    Map<String, String> made = bench.prepare(folder, BenchSystem.demoDocuments());
    try (var system =
        BenchSystem.start(servers.preferring(made), bench.servers(), bench.targets(), folder)) {
      bench.run(new BenchRun(system, options, System.out::println, figures));
    }
    System.out.println(figures);
    return 0;
  }
}
