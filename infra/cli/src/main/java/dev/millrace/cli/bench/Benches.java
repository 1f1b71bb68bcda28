package dev.millrace.cli.bench;

import dev.millrace.cli.BenchSystem;
import dev.millrace.cli.CommandFailure;
import dev.millrace.cli.ServerOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
          new LoopBench());

  private Benches() {}

  public static List<String> names() {
    List<String> names = new ArrayList<>(DOCUMENTS.stream().map(Bench::name).toList());
    names.add(AsyncBench.NAME);
    ProcessBench.ALL.forEach(bench -> names.add(bench.name()));
    return List.copyOf(names);
  }

  /**
   * Says whether a benchmark understands what it is told.
   *
   * @param words what a benchmark of the loop or of models is told; none for others
   * @throws IllegalArgumentException naming a word that is wrong
   */
  public static void check(String name, List<String> words) {
    if (name.equals(AsyncBench.NAME)) {
      AsyncBench.Plan.of(words);
    } else if (!words.isEmpty() && DOCUMENTS.stream().anyMatch(b -> b.name().equals(name))) {
      throw new IllegalArgumentException(
          "the benchmark %s takes no words, such as '%s'".formatted(name, words.getFirst()));
    }
  }

  /**
   * Runs one and lets it print its figures as the last line.
   *
   * @param corpus a collection, or null
   * @param steps whether {@code retrieval} measures the pipeline's steps
   * @param folder gives an empty folder, which is deleted afterwards
   * @return the status with which the command ends
   */
  public static int run(
      String name,
      List<String> words,
      ServerOptions servers,
      Path corpus,
      boolean steps,
      Supplier<Path> folder)
      throws InterruptedException {
    Optional<ProcessBench> process =
        ProcessBench.ALL.stream().filter(bench -> bench.name().equals(name)).findFirst();
    if (process.isPresent()) {
      return process.get().run(words);
    }
    if (name.equals(AsyncBench.NAME)) {
      AsyncBench.run(servers, folder.get(), AsyncBench.Plan.of(words));
      return 0;
    }
    if (steps && !name.equals(RetrievalBench.NAME)) {
      throw new CommandFailure("--steps goes with the benchmark " + RetrievalBench.NAME);
    }
    Bench bench =
        steps
            ? new StepsBench()
            : DOCUMENTS.stream().filter(b -> b.name().equals(name)).findFirst().orElseThrow();
    var figures = new Figures(name);
    try (var system = BenchSystem.start(servers, folder.get())) {
      bench.run(new BenchRun(system, Optional.ofNullable(corpus), System.out::println, figures));
    }
    System.out.println(figures);
    return 0;
  }
}
