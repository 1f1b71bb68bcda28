package dev.millrace.cli.bench;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The demo's learning through the whole loop, three seeds: accuracies, seconds, and where the
 * learner's time went.
 */
final class LoopBench implements Bench {

  private static final List<Long> SEEDS = List.of(1L, 2L, 3L);

  /** Parts of a step that are Kafka's and serialisation's. */
  private static final Set<String> LOG = Set.of("transaction");

  @Override
  public String name() {
    return "loop";
  }

  @Override
  public String description() {
    return "the demo's learning, three seeds: accuracy, seconds, samples/s, where the time goes";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    for (long seed : SEEDS) {
      Map<String, Double> one = run.system().learn(seed);
      String prefix = "seed" + seed + "_";
      for (String name :
          List.of(
              "learning_s", "accuracy_after_warm_start", "accuracy_at_end", "held", "updates")) {
        run.figures().put(prefix + name, one.getOrDefault(name, Double.NaN));
      }
      double updates = one.getOrDefault("updates", 0.0);
      double wall = one.getOrDefault("update_wall_s", 0.0);
      run.figures().put(prefix + "samples_per_s", one.getOrDefault("samples", 0.0) / wall);
      run.figures().put(prefix + "update_s", wall / updates);
      run.figures()
          .put(prefix + "logprob_gap_mean", one.getOrDefault("logprob_gap_sum", 0.0) / updates);
      run.figures().put(prefix + "logprob_gap_most", one.getOrDefault("logprob_gap_most", 0.0));
      run.figures().put(prefix + "staleness_most", one.getOrDefault("staleness_most", Double.NaN));
      double log = 0;
      for (var part : one.entrySet()) {
        if (part.getKey().startsWith("seconds.")) {
          String name = part.getKey().substring("seconds.".length());
          double share = part.getValue() / wall;
          log += LOG.contains(name) ? share : 0;
          run.figures().put(prefix + "share_" + name, share);
          run.say(String.format(Locale.ROOT, "%-14s %5.1f %% of updates", name, 100 * share));
        }
      }
      run.figures().put(prefix + "share_log", log);
    }
  }
}
