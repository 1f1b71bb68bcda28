package dev.millrace.cli.bench;

import dev.millrace.cli.BenchSystem;
import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ServerOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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
          new KindsBench());

  private Benches() {}

  public static List<String> names() {
    List<String> names = new ArrayList<>(DOCUMENTS.stream().map(Bench::name).toList());
    names.add(ModelsBenchProcess.NAME);
    names.add(ModelsBenchProcess.PACKING);
    names.add(ConsoleBench.NAME);
    return List.copyOf(names);
  }

  /**
   * Runs one on a system of its own and prints its figures as the last line.
   *
   * @param folder empty, deleted afterwards
   */
  public static void run(String name, ServerOptions servers, BenchOptions options, Path folder)
      throws InterruptedException {
    if (name.equals(ModelsBenchProcess.NAME)) {
      ModelsBenchProcess.run(List.of());
      return;
    }
    if (name.equals(ModelsBenchProcess.PACKING)) {
      ModelsBenchProcess.run(List.of(ModelsBenchProcess.PACKING));
      return;
    }
    if (name.equals(ConsoleBench.NAME)) {
      ConsoleBench.run(folder);
      return;
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
    try (var system = BenchSystem.start(servers.preferring(made), bench.targets(), folder)) {
      bench.run(new BenchRun(system, options, System.out::println, figures));
    }
    System.out.println(figures);
  }
}
