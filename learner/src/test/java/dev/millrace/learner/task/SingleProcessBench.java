package dev.millrace.learner.task;

import com.sun.management.OperatingSystemMXBean;
import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.learner.task.SingleProcessLoop.Step;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.UpdateMetrics;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * Learns the small task in one process and says how long it took: the figure that the whole loop is
 * measured against. Options are system properties: seed (1), rate (3e-4), steps (400), stop (0.9),
 * stale (0), ratio (true), scale (1; -1 unlearns), warm (true), warmStop (0.35), warmRate (3e-3).
 */
public final class SingleProcessBench {

  private SingleProcessBench() {}

  public static void main(String[] args) {
    double scale = Double.parseDouble(System.getProperty("scale", "1"));
    long total = Long.getLong("steps", 400);
    AlgorithmSettings algorithm =
        TaskRecipe.grpo(Double.parseDouble(System.getProperty("rate", "3e-4")), total);
    AdvantageSettings a = algorithm.advantage();
    algorithm =
        algorithm.with(
            new AdvantageSettings(
                a.estimator(), a.eps(), a.gamma(), a.lambda(), a.whiten(), scale));
    if (System.getProperty("ratio", "true").equals("false")) {
      algorithm =
          algorithm.with(new OffPolicySettings(RatioReference.NONE, ImportanceWeight.NONE, 2, 0));
    }
    var settings =
        new SingleProcessLoop.Settings(
            Long.getLong("seed", 1),
            new AdditionTask(100),
            64,
            8,
            Integer.getInteger("stale", 0),
            algorithm,
            TaskRecipe.warmUp(Double.parseDouble(System.getProperty("warmRate", "3e-3"))));
    run(settings, total);
  }

  private static void run(SingleProcessLoop.Settings settings, long total) {
    double stop = Double.parseDouble(System.getProperty("stop", "0.9"));
    double warmStop = Double.parseDouble(System.getProperty("warmStop", "0.35"));
    long start = System.nanoTime();
    try (var loop = new SingleProcessLoop(settings)) {
      double accuracy = loop.heldOutAccuracy();
      for (int i = 1;
          i <= 900
              && accuracy < warmStop
              && Boolean.parseBoolean(System.getProperty("warm", "true"));
          i++) {
        double loss = loop.warmUp().get(UpdateMetrics.LOSS);
        if (i % 5 == 0) {
          accuracy = loop.heldOutAccuracy();
        }
        if (i % 50 == 0) {
          say("warm-up %d: %.1f s, loss %.3f, held out %.3f", i, since(start), loss, accuracy);
        }
      }
      say("warm start: %.1f s, held out %.3f", since(start), accuracy);
      loop.startLearning();
      long begin = System.nanoTime();
      double training = 0;
      long samples = 0;
      double rewards = 0;
      for (int i = 1; i <= total; i++) {
        Step step = loop.learn();
        samples += settings.prompts() * settings.copies();
        rewards += step.reward();
        training += step.report() == null ? 0 : step.report().get(UpdateMetrics.SECONDS);
        if (i % 10 == 0) {
          accuracy = loop.heldOutAccuracy();
          say(
              "step %d: %.1f s, reward %.3f, held out %.3f, informative %.2f, gap %.1e, %s",
              i,
              since(start),
              rewards / 10,
              accuracy,
              step.informative(),
              step.report() == null ? 0 : step.report().get(UpdateMetrics.LOGPROB_GAP),
              step.report() == null ? "no update" : brief(step));
          rewards = 0;
          if (accuracy >= stop) {
            break;
          }
        }
      }
      double seconds = since(begin);
      say(
          "%s: %.1f s in all (%.1f s of CPU), %.1f s of reinforcement; sampling %.1f s, training"
              + " %.1f s; %d samples, %.0f a second; weights %s",
          accuracy >= stop ? "reached" : "not reached",
          since(start),
          ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime()
              / 1e9,
          seconds,
          loop.samplingSeconds(),
          training,
          samples,
          samples / seconds,
          loop.updater().weightsSha256());
    }
  }

  private static String brief(Step step) {
    return String.format(
        Locale.ROOT,
        "norm %.2f, entropy %.3f, clipped %.4f, rows %.0f in %.0f",
        step.report().get(UpdateMetrics.GRAD_NORM),
        step.report().get(UpdateMetrics.ENTROPY),
        step.report().get(UpdateMetrics.CLIP_FRACTION),
        step.report().get(UpdateMetrics.ROWS),
        step.report().get(UpdateMetrics.MINI_BATCHES));
  }

  private static double since(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  private static void say(String format, Object... args) {
    System.out.println(String.format(Locale.ROOT, format, args));
  }
}
