package dev.millrace.cli.bench;

import dev.millrace.cli.BenchSystem;
import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ServerOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** All benchmarks by name. */
public final class Benches {

  private static final List<Bench> DOCUMENTS =
      List.of(
          new DemoBench(),
          new FreshnessBench(),
          new ThroughputBench(),
          new ReuseBench(),
          new RetrievalBench(),
          new LoopBench());

  private Benches() {}

  public static List<String> names() {
    List<String> names = new ArrayList<>(DOCUMENTS.stream().map(Bench::name).toList());
    names.add(ModelsBenchProcess.NAME);
    names.add(ConsoleBench.NAME);
    return List.copyOf(names);
  }

  /**
   * Runs one on a system of its own and prints its figures as the last line.
   *
   * @param corpus a collection, or null
   * @param steps whether {@code retrieval} measures the pipeline's steps
   * @param folder empty, deleted afterwards
   */
  public static void run(
      String name, ServerOptions servers, Path corpus, boolean steps, Path folder)
      throws InterruptedException {
    if (name.equals(ModelsBenchProcess.NAME)) {
      ModelsBenchProcess.run();
      return;
    }
    if (name.equals(ConsoleBench.NAME)) {
      ConsoleBench.run(folder);
      return;
    }
    if (steps && !name.equals(RetrievalBench.NAME)) {
      throw new CommandFailure("--steps goes with the benchmark " + RetrievalBench.NAME);
    }
    Bench bench =
        steps
            ? new StepsBench()
            : DOCUMENTS.stream().filter(b -> b.name().equals(name)).findFirst().orElseThrow();
    var figures = new Figures(name);
    try (var system = BenchSystem.start(servers, folder)) {
      bench.run(new BenchRun(system, Optional.ofNullable(corpus), System.out::println, figures));
    }
    System.out.println(figures);
  }
}
