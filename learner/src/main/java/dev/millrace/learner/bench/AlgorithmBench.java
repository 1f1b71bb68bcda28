package dev.millrace.learner.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.bench.PlainRun.Step;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.UpdateMetrics;
import dev.millrace.learner.update.UpdateReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Every algorithm on a small task from one warm start a seed: as it is, which must lift the
 * accuracy on held-out prompts, and with negated advantages, which must not. Then the same task
 * with samples of older policies, by their age and by what is done about it.
 *
 * <p>Arguments: a run's settings file, a file of prompts as {@link SingleProcess} reads it, and
 * words {@code key=value}: {@code updates} of an algorithm, {@code negated} updates that unlearn,
 * {@code seeds}, {@code only} these algorithms, {@code rate} and {@code rows} of a mini-batch of
 * all of them, {@code ages} of stale samples, {@code corrections} of them, {@code agedUpdates}.
 * None of {@code only=} or {@code ages=} leaves that part out. The last line of the output is the
 * figures as JSON.
 */
public final class AlgorithmBench {

  private static final Map<String, String> DEFAULTS =
      new TreeMap<>(
          Map.of(
              "updates", "200",
              "negated", "30",
              "seeds", "1,2",
              "only", String.join(",", SmallTask.NAMES),
              "rate", "3e-4",
              "rows", "96",
              "ages", "0,1,2,4,8",
              "corrections", String.join(",", StalenessBench.NAMES),
              "agedUpdates", "150"));

  private final Report report = new Report(System.out, "algorithms");
  private final SmallTask task;
  private final Arguments given;
  private final List<Integer> seeds;
  private boolean held = true;

  private AlgorithmBench(SmallTask task, Arguments given) {
    this.task = task;
    this.given = given;
    this.seeds = given.wholes("seeds", 0);
    if (seeds.isEmpty()) {
      throw new IllegalArgumentException("seeds is empty: give one or more, such as seeds=1,2");
    }
  }

  /** Runs from the command line; ends with status 2 where an argument is wrong. */
  public static void main(String[] arguments) throws IOException {
    String[] words = Arrays.copyOfRange(arguments, Math.min(2, arguments.length), arguments.length);
    try (SmallTask task = SmallTask.read(Path.of(arguments[0]), Path.of(arguments[1]))) {
      new AlgorithmBench(task, Arguments.of(DEFAULTS, words)).run();
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private void run() {
    List<String> names = given.words("only", SmallTask.NAMES);
    int updates = given.whole("updates", 1);
    int negated = given.whole("negated", 0);
    double rate = given.number("rate");
    int rows = given.whole("rows", 0);
    var staleness =
        new StalenessBench(
            report,
            task,
            task.algorithm(rate, rows),
            given.wholes("ages", 0),
            given.words("corrections", StalenessBench.NAMES),
            given.whole("agedUpdates", 1));
    report
        .figures()
        .put("rate", rate)
        .put("rows", rows)
        .put("updates", updates)
        .put("negated_updates", negated);
    for (int seed : seeds) {
      double before = task.start(seed).accuracy();
      report.say("seed %d: warm start %.3f", seed, before);
      report.figures().put("seed" + seed + "_warm_start", Report.rounded(before));
      for (String name : names) {
        AlgorithmSettings settings = task.preset(name, rate, rows);
        held &= learn(seed, name, settings, updates) > before;
        if (negated > 0) {
          AlgorithmSettings turned = settings.with(settings.advantage().withScale(-1));
          held &= learn(seed, name + "_negated", turned, negated) < before;
        }
      }
    }
    report.figures().put("held", held);
    staleness.run(seeds);
    report.end();
  }

  private double learn(int seed, String name, AlgorithmSettings settings, int updates) {
    double cpu = Report.cpu();
    List<String> curve = new ArrayList<>();
    try (PlainRun run = task.run(seed, settings, 0)) {
      double reward = 0;
      double clipped = 0;
      double entropy = 0;
      long samples = 0;
      for (int i = 1; i <= updates; i++) {
        Step step = run.learn();
        reward += (step.reward() - reward) / Math.min(i, 10);
        samples += step.samples();
        if (step.report().isPresent()) {
          UpdateReport made = step.report().get();
          clipped += made.get(UpdateMetrics.CLIP_FRACTION) / updates;
          entropy = made.get(UpdateMetrics.ENTROPY);
        }
        if (i % Math.max(1, updates / 5) == 0 && i < updates) {
          curve.add(String.format(Locale.ROOT, "%.3f", run.accuracy()));
        }
      }
      double accuracy = run.accuracy();
      ObjectNode figures = report.figures().putObject("seed" + seed + "_" + name);
      figures
          .put("held_out", Report.rounded(accuracy))
          .put("reward", Report.rounded(reward))
          .put("clipped", Report.rounded(clipped))
          .put("entropy", Report.rounded(entropy))
          .put("samples", samples)
          .put("cpu_s", Report.rounded(Report.cpu() - cpu));
      report.say(
          "seed %d, %-19s: held out %s %.3f after %d updates of %d samples, reward %.3f, clipped"
              + " %.4f, entropy %.3f, %.0f s of CPU",
          seed,
          name,
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
