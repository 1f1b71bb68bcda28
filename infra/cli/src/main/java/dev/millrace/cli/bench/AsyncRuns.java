package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.cli.Api;
import dev.millrace.cli.CommandFailure;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ChildJvm;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The runs of {@link AsyncBench}, one after the other, each with processes of its own. */
final class AsyncRuns {

  /** Accuracy with which all runs of a seed begin. */
  private static final double WARM = 0.35;

  /** Two batches in hand, in lanes so short that a long task holds up few others. */
  private static final Map<String, String> LANES =
      Map.of("millrace.rollout.lanes", "32", "millrace.rollout.records", "4");

  private final BenchRun bench;
  private final AsyncBench.Plan plan;

  AsyncRuns(BenchRun bench, AsyncBench.Plan plan) {
    this.bench = bench;
    this.plan = plan;
  }

  /**
   * Publishes a policy that solves a part of the task, with which all runs of a seed begin.
   *
   * @return which part of the held-out prompts
   */
  double warmStart(int seed) throws InterruptedException {
    String name = warm(seed);
    ObjectNode recipe = recipe(name, seed).put("steps", 1).put("maxStaleness", 0);
    ((ObjectNode) recipe.get("evaluation")).put("glance", 64);
    ObjectNode sft = recipe.putObject("warmStart").put("until", WARM).putObject("sft");
    sft.put("batch", 128).put("microBatchTokens", 4096);
    sft.putObject("optimizer").put("learningRate", 3e-3).put("warmup", 30);
    try (var worker = bench.system().worker("rollout-" + name, LANES)) {
      return follow(name, recipe, Map.of()).stream()
          .filter(entry -> entry.getKind() == StepKind.EVAL)
          .mapToDouble(AsyncRuns::accuracy)
          .reduce(Double.NaN, (before, after) -> after);
    }
  }

  private static String warm(int seed) {
    return "warm-" + seed;
  }

  /**
   * Learns up to the target.
   *
   * @param device settings of the processes that compute
   */
  AsyncFigures learn(String phase, int seed, int staleness, Map<String, String> device)
      throws InterruptedException {
    String name = "%s-seed%d-stale%d".formatted(phase, seed, staleness);
    ObjectNode recipe =
        recipe(name, seed).put("steps", plan.steps()).put("maxStaleness", staleness);
    recipe.putObject("start").putObject("published").put("policy", warm(seed));
    recipe
        .putObject("stop")
        .put("accuracy", plan.target())
        .put("evaluations", AsyncFigures.IN_A_ROW);
    Map<String, String> lanes = new TreeMap<>(LANES);
    lanes.putAll(device);
    try (var worker = bench.system().worker("rollout-" + name, lanes)) {
      List<TrainingStep> ledger = follow(name, recipe, device);
      return AsyncFigures.of(ledger, worker.engines().use(), plan.target());
    }
  }

  /** Makes a run, to its end or as far as it comes in the time that it may take. */
  private List<TrainingStep> follow(String name, ObjectNode recipe, Map<String, String> device)
      throws InterruptedException {
    long end = System.nanoTime() + plan.longest().toNanos();
    try (ChildJvm learner = bench.system().learner(name, recipe, device);
        var follower = new LearningFollower(bench.context(), name)) {
      List<TrainingStep> entries = follower.entries();
      for (int said = 0; !ended(entries) && System.nanoTime() < end; said = entries.size()) {
        follower.await(entry -> true);
        entries.subList(said, entries.size()).stream()
            .filter(entry -> entry.getKind() == StepKind.EVAL)
            .forEach(entry -> say(name, accuracy(entry)));
      }
      return List.copyOf(entries);
    }
  }

  private static boolean ended(List<TrainingStep> entries) {
    return !entries.isEmpty() && entries.getLast().getKind() == StepKind.END;
  }

  private void say(String name, double accuracy) {
    bench.say(String.format(Locale.ROOT, "  %s: held out %.3f", name, accuracy));
  }

  private static double accuracy(TrainingStep entry) {
    return entry.getMetrics().getOrDefault("eval.greedy", Double.NaN);
  }

  private static ObjectNode recipe(String name, int seed) {
    try (InputStream in = AsyncRuns.class.getResourceAsStream("worked-sums.json")) {
      ObjectNode recipe = (ObjectNode) Api.JSON.readTree(in);
      return recipe.put("run", name).put("policy", name).put("seed", seed);
    } catch (IOException e) {
      throw new CommandFailure("cannot read the benchmark's recipe: " + e.getMessage(), e);
    }
  }
}
