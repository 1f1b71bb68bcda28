package dev.millrace.learner.task;

import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.CriticSettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import dev.millrace.learner.task.SingleProcessLoop.Step;
import dev.millrace.learner.update.AlgorithmPresets;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.UpdateMetrics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Every preset on the small task from the same warm start, as it is and with negated advantages:
 * the first must lift the accuracy on held-out problems, the second must not. Options are system
 * properties: steps (120), seeds (1,2), only (a preset). Ends with status 1 where one does not.
 */
public final class AlgorithmBench {

  private AlgorithmBench() {}

  public static void main(String[] args) throws IOException {
    int steps = Integer.getInteger("steps", 120);
    boolean good = true;
    for (String seed : System.getProperty("seeds", "1,2").split(",")) {
      Path start = Files.createTempDirectory("algorithm-bench");
      double before = WarmStart.save(Long.parseLong(seed), start);
      say("seed %s: warm start %.3f", seed, before);
      for (String name : AlgorithmPresets.NAMES) {
        if (System.getProperty("only", name).equals(name)) {
          double lifted = run(name, 1, Long.parseLong(seed), start, steps);
          double negated = run(name, -1, Long.parseLong(seed), start, Math.min(steps, 40));
          good &= lifted > before && negated < before;
        }
      }
    }
    System.exit(good ? 0 : 1);
  }

  /** A preset with the batches and rates of the small task. */
  static AlgorithmSettings settings(String name, double scale) {
    AlgorithmSettings task = TaskRecipe.grpo(3e-4, 10_000);
    AlgorithmSettings preset = AlgorithmPresets.named(name);
    AdvantageSettings a = preset.advantage();
    PolicyLossSettings l = preset.loss();
    return preset
        .with(task.batches())
        .with(task.optimizer())
        .with(
            new AdvantageSettings(a.estimator(), a.eps(), a.gamma(), a.lambda(), a.whiten(), scale))
        .with(
            new PolicyLossSettings(
                l.form(),
                l.clipLow(),
                l.clipHigh(),
                l.dualClip(),
                l.aggregation(),
                AdditionTask.MAX_ANSWER,
                l.maskTruncated()))
        .with(CriticSettings.own(OptimizerSettings.constant(1e-3, 5)));
  }

  private static double run(String name, double scale, long seed, Path start, int steps) {
    AlgorithmSettings settings = settings(name, scale);
    long cpu = cpu();
    try (var loop = new SingleProcessLoop(TaskRecipe.loop(seed, settings))) {
      loop.updater().load(start);
      loop.startLearning();
      double reward = 0;
      Step step = null;
      for (int i = 0; i < steps; i++) {
        step = loop.learn();
        reward = 0.9 * reward + 0.1 * step.reward();
      }
      double accuracy = loop.heldOutAccuracy();
      say(
          "%-12s scale %2.0f: held out %.3f after %d steps, reward %.3f, clipped %.4f, entropy"
              + " %.3f, %.1f s of CPU",
          name,
          scale,
          accuracy,
          steps,
          reward,
          step.report() == null ? 0 : step.report().get(UpdateMetrics.CLIP_FRACTION),
          step.report() == null ? 0 : step.report().get(UpdateMetrics.ENTROPY),
          (cpu() - cpu) / 1e9);
      return accuracy;
    }
  }

  static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  static void say(String format, Object... args) {
    System.out.println(String.format(Locale.ROOT, format, args));
  }
}
