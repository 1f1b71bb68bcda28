package dev.millrace.learner.bench;

import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.learner.bench.SingleProcessLoop.Step;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.UpdateMetrics;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Learns the small task in one process and says how long it took: the figure that the whole loop is
 * measured against.
 *
 * <p>Arguments are words {@code key=value}: {@code seed}, {@code rate}, {@code steps} at most,
 * {@code stop} at a held-out accuracy, {@code age} of the samples in updates, {@code ratio=false}
 * to leave the correction out, {@code scale} of the advantages (-1 unlearns), {@code warm=false} to
 * begin with random weights, {@code warmStop}, {@code warmRate}.
 */
public final class SingleProcessBench {

  private static final Map<String, String> DEFAULTS =
      new TreeMap<>(
          Map.of(
              "seed", "1",
              "rate", "3e-4",
              "steps", "400",
              "stop", "0.9",
              "age", "0",
              "ratio", "true",
              "scale", "1",
              "warm", "true",
              "warmStop", "0.35",
              "warmRate", "3e-3"));

  private final Report report = new Report(System.out, "single-process");
  private final Arguments arguments;
  private final SingleProcessLoop.Settings settings;
  private final int steps;

  private SingleProcessBench(Arguments arguments) {
    this.arguments = arguments;
    this.steps = arguments.whole("steps", 1);
    AlgorithmSettings algorithm = TaskRecipe.grpo(arguments.number("rate"), steps);
    algorithm = algorithm.with(algorithm.advantage().withScale(arguments.number("scale")));
    if (arguments.text("ratio").equals("false")) {
      algorithm =
          algorithm.with(new OffPolicySettings(RatioReference.NONE, ImportanceWeight.NONE, 2, 0));
    }
    this.settings =
        new SingleProcessLoop.Settings(
            arguments.whole("seed", 0),
            new AdditionTask(100),
            64,
            8,
            arguments.whole("age", 0),
            algorithm,
            TaskRecipe.warmUp(arguments.number("warmRate")));
  }

  /** Runs from the command line; ends with status 2 where an argument is wrong. */
  public static void main(String[] words) {
    try {
      new SingleProcessBench(Arguments.of(DEFAULTS, words)).run();
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }

  private void run() {
    long start = System.nanoTime();
    try (var loop = new SingleProcessLoop(settings)) {
      double warm = warmUp(loop, start);
      report.say("warm start: %.1f s, held out %.3f", since(start), warm);
      report.figures().put("warm_start", Report.rounded(warm)).put("warm_start_s", since(start));
      loop.startLearning();
      learn(loop, start);
    }
    report.end();
  }

  private double warmUp(SingleProcessLoop loop, long start) {
    double enough = arguments.number("warmStop");
    double accuracy = loop.heldOutAccuracy();
    int most = arguments.text("warm").equals("false") ? 0 : 900;
    for (int i = 1; i <= most && accuracy < enough; i++) {
      double loss = loop.warmUp().get(UpdateMetrics.LOSS);
      if (i % 5 == 0) {
        accuracy = loop.heldOutAccuracy();
      }
      if (i % 50 == 0) {
        report.say("warm-up %d: %.1f s, loss %.3f, held out %.3f", i, since(start), loss, accuracy);
      }
    }
    return accuracy;
  }

  private void learn(SingleProcessLoop loop, long start) {
    double stop = arguments.number("stop");
    long begin = System.nanoTime();
    double accuracy = 0;
    double training = 0;
    double rewards = 0;
    long samples = 0;
    int step = 0;
    while (step < steps && accuracy < stop) {
      Step made = loop.learn();
      step++;
      samples += made.samples();
      rewards += made.reward();
      training += made.report() == null ? 0 : made.report().get(UpdateMetrics.SECONDS);
      if (step % 10 == 0) {
        accuracy = loop.heldOutAccuracy();
        report.say(
            "step %d: %.1f s, reward %.3f, held out %.3f, informative %.2f, %s",
            step,
            since(start),
            rewards / 10,
            accuracy,
            made.informative(),
            made.report() == null ? "no update" : brief(made));
        rewards = 0;
      }
    }
    double seconds = since(begin);
    report.say(
        "%s: %.1f s in all (%.1f s of CPU), %.1f s of reinforcement; sampling %.1f s, training"
            + " %.1f s; %d samples, %.0f a second; weights %s",
        accuracy >= stop ? "reached" : "not reached",
        since(start),
        Report.cpu(),
        seconds,
        loop.samplingSeconds(),
        training,
        samples,
        samples / seconds,
        loop.updater().weightsSha256());
    report
        .figures()
        .put("reached", accuracy >= stop)
        .put("held_out", Report.rounded(accuracy))
        .put("steps", step)
        .put("all_s", since(start))
        .put("cpu_s", Report.cpu())
        .put("reinforcement_s", seconds)
        .put("sampling_s", loop.samplingSeconds())
        .put("training_s", training)
        .put("samples_per_s", samples / seconds);
  }

  private static String brief(Step step) {
    return String.format(
        Locale.ROOT,
        "gap %.1e, norm %.2f, entropy %.3f, clipped %.4f, rows %.0f in %.0f",
        step.report().get(UpdateMetrics.LOGPROB_GAP),
        step.report().get(UpdateMetrics.GRAD_NORM),
        step.report().get(UpdateMetrics.ENTROPY),
        step.report().get(UpdateMetrics.CLIP_FRACTION),
        step.report().get(UpdateMetrics.ROWS),
        step.report().get(UpdateMetrics.MINI_BATCHES));
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
