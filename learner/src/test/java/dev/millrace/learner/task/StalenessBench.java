package dev.millrace.learner.task;

import static dev.millrace.learner.task.AlgorithmBench.say;

import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.UpdateReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The small task with samples of an older policy, by age and by what is done about it: held-out
 * accuracy after a number of steps from the same warm start. Options are system properties: steps
 * (120), seed (2).
 */
public final class StalenessBench {

  private StalenessBench() {}

  private static Map<String, OffPolicySettings> corrections() {
    Map<String, OffPolicySettings> out = new LinkedHashMap<>();
    out.put("none", off(RatioReference.NONE, ImportanceWeight.NONE, 0));
    out.put("ratio", off(RatioReference.BEHAVIOUR, ImportanceWeight.NONE, 0));
    out.put("truncated", off(RatioReference.PROXIMAL, ImportanceWeight.TRUNCATED, 0));
    out.put("decoupled", off(RatioReference.PROXIMAL, ImportanceWeight.FULL, 0));
    out.put("ratio+mask", off(RatioReference.BEHAVIOUR, ImportanceWeight.NONE, 0.1));
    return out;
  }

  private static OffPolicySettings off(
      RatioReference ratio, ImportanceWeight weight, double maskAbove) {
    return new OffPolicySettings(ratio, weight, 2, maskAbove);
  }

  public static void main(String[] args) throws IOException {
    int steps = Integer.getInteger("steps", 120);
    long seed = Long.getLong("seed", 2);
    Path start = Files.createTempDirectory("staleness-bench");
    say("warm start %.3f", WarmStart.save(seed, start));
    for (int stale : new int[] {0, 1, 2, 4, 8}) {
      corrections()
          .forEach(
              (name, correction) ->
                  run(
                      stale,
                      name,
                      TaskRecipe.grpo(3e-4, 10_000).with(correction),
                      seed,
                      start,
                      steps));
    }
  }

  private static void run(
      int stale, String name, AlgorithmSettings algorithm, long seed, Path start, int steps) {
    SingleProcessLoop.Settings base = TaskRecipe.loop(seed, algorithm);
    try (var loop =
        new SingleProcessLoop(
            new SingleProcessLoop.Settings(
                seed,
                base.task(),
                base.prompts(),
                base.copies(),
                stale,
                algorithm,
                base.warmUp()))) {
      loop.updater().load(start);
      loop.startLearning();
      UpdateReport report = null;
      double half = 0;
      for (int i = 1; i <= steps; i++) {
        UpdateReport next = loop.learn().report();
        report = next == null ? report : next;
        if (i == steps / 2) {
          half = loop.heldOutAccuracy();
        }
      }
      say(
          "stale %d, %-10s: held out %.3f, then %.3f; kl %.4f, clipped %.4f",
          stale,
          name,
          half,
          loop.heldOutAccuracy(),
          report.get("kl_behaviour"),
          report.get("clip_fraction"));
    }
  }
}
