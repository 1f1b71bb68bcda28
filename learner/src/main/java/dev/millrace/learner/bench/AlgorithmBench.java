package dev.millrace.learner.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.bench.SingleProcessLoop.Step;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.UpdateMetrics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every algorithm on the small task from one warm start a seed: as it is, which must lift the
 * accuracy on held-out problems, and with negated advantages, which must not. Then the same task
 * with samples of older policies, by their age and by what is done about it.
 *
 * <p>Arguments are words {@code key=value}: {@code updates} of an algorithm, {@code negated}
 * updates that unlearn, {@code seeds}, {@code only} these algorithms, {@code rate} for all of them
 * instead of their own, {@code ages} of stale samples, {@code corrections} of them, {@code
 * agedUpdates}. None of {@code only=} or {@code ages=} leaves that part out.
 */
public final class AlgorithmBench {

  private static final Map<String, String> DEFAULTS =
      new TreeMap<>(
          Map.of(
              "updates", "150",
              "negated", "30",
              "seeds", "1,2",
              "only", String.join(",", TaskRecipe.NAMES),
              "rate", "0",
              "ages", "0,1,2,4,8",
              "corrections", String.join(",", StalenessBench.NAMES),
              "agedUpdates", "150"));

  private final Report report = new Report(System.out, "algorithms");
  private final Arguments arguments;
  private final List<Integer> seeds;
  private boolean held = true;

  private AlgorithmBench(Arguments arguments) {
    this.arguments = arguments;
    this.seeds = arguments.wholes("seeds", 0);
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException("seeds is empty: give one or more, such as seeds=1,2");
    }
  }

  /** Runs from the command line; ends with status 2 where an argument is wrong. */
  public static void main(String[] words) throws IOException {
    try (var starts = new WarmStart()) {
      new AlgorithmBench(Arguments.of(DEFAULTS, words)).run(starts);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private void run(WarmStart starts) {
    List<String> names = arguments.words("only", TaskRecipe.NAMES);
    int updates = arguments.whole("updates", 1);
    int negated = arguments.whole("negated", 0);
    double rate = arguments.number("rate");
    var staleness =
        new StalenessBench(
            report,
            arguments.wholes("ages", 0),
            arguments.words("corrections", StalenessBench.NAMES),
            arguments.whole("agedUpdates", 1));
    report.figures().put("updates", updates).put("negated_updates", negated);
    for (int seed : seeds) {
      report.say("seed %d: warm start %.3f", seed, starts.of(seed).accuracy());
      report
          .figures()
          .put("seed" + seed + "_warm_start", Report.rounded(starts.of(seed).accuracy()));
      for (String name : names) {
        algorithm(name, rate > 0 ? rate : TaskRecipe.rate(name), seed, updates, negated, starts);
      }
    }
    report.figures().put("held", held);
    staleness.run(seeds, starts);
    report.end();
  }

  private void algorithm(
      String name, double rate, int seed, int updates, int negated, WarmStart starts) {
    double before = starts.of(seed).accuracy();
    AlgorithmSettings settings = TaskRecipe.preset(name, rate);
    ObjectNode figures = report.figures().putObject("seed" + seed + "_" + name);
    double after = run(name, settings, rate, seed, updates, starts, figures);
    held &= after > before;
    if (negated > 0) {
      AlgorithmSettings turned = settings.with(settings.advantage().withScale(-1));
      ObjectNode unlearned = report.figures().putObject("seed" + seed + "_" + name + "_negated");
      held &= run(name + " negated", turned, rate, seed, negated, starts, unlearned) < before;
    }
  }

  private double run(
      String name,
      AlgorithmSettings settings,
      double rate,
      int seed,
      int updates,
      WarmStart starts,
      ObjectNode figures) {
    double cpu = Report.cpu();
    List<String> curve = new ArrayList<>();
    try (var loop = starts.loop(TaskRecipe.loop(seed, 0, settings))) {
      double reward = 0;
      double clipped = 0;
      double entropy = 0;
      double samples = 0;
      for (int i = 1; i <= updates; i++) {
        Step step = loop.learn();
        reward += (step.reward() - reward) / Math.min(i, 10);
        samples += step.samples();
        if (step.report() != null) {
          clipped += step.report().get(UpdateMetrics.CLIP_FRACTION) / updates;
          entropy = step.report().get(UpdateMetrics.ENTROPY);
        }
        if (i % Math.max(1, updates / 5) == 0 && i < updates) {
          curve.add(String.format(Locale.ROOT, "%.3f", loop.heldOutAccuracy()));
        }
      }
      double accuracy = loop.heldOutAccuracy();
      figures
          .put("rate", rate)
          .put("held_out", Report.rounded(accuracy))
          .put("reward", Report.rounded(reward))
          .put("clipped", Report.rounded(clipped))
          .put("entropy", Report.rounded(entropy))
          .put("samples", Math.round(samples))
          .put("cpu_s", Report.rounded(Report.cpu() - cpu));
      report.say(
          "%-20s rate %.0e: held out %s %.3f after %d updates of %.0f samples, reward %.3f,"
              + " clipped %.4f, entropy %.3f, %.0f s of CPU",
          name,
          rate,
          String.join(" ", curve),
          accuracy,
          updates,
          samples / updates,
          reward,
          clipped,
          entropy,
          Report.cpu() - cpu);
      return accuracy;
    }
  }
}
