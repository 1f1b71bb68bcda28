package dev.millrace.learner.bench;

import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.UpdateMetrics;
import dev.millrace.learner.update.UpdateReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The small task with samples of an older policy: held-out accuracy half-way and at the end, by the
 * age of the samples in updates and by what is done about it.
 */
final class StalenessBench {

  /** Corrections by name; all of them clip, and {@code none} has no ratio that could be clipped. */
  private static final Map<String, OffPolicySettings> CORRECTIONS = corrections();

  static final List<String> NAMES = List.copyOf(CORRECTIONS.keySet());

  private final Report report;
  private final SmallTask task;
  private final AlgorithmSettings algorithm;
  private final List<Integer> ages;
  private final List<String> corrections;
  private final int updates;

  StalenessBench(
      Report report,
      SmallTask task,
      AlgorithmSettings algorithm,
      List<Integer> ages,
      List<String> corrections,
      int updates) {
    this.report = report;
    this.task = task;
    this.algorithm = algorithm;
    this.ages = ages;
    this.corrections = corrections;
    this.updates = updates;
  }

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

  void run(List<Integer> seeds) {
    report.figures().put("aged_updates", updates);
    for (int seed : seeds) {
      for (int age : ages) {
        for (String name : corrections) {
          run(seed, age, name);
        }
      }
    }
  }

  private void run(int seed, int age, String name) {
    double cpu = Report.cpu();
    try (PlainRun run = task.run(seed, algorithm.with(CORRECTIONS.get(name)), age)) {
      UpdateReport last = new UpdateReport(Map.of());
      double half = 0;
      for (int i = 1; i <= updates; i++) {
        last = run.learn().report().orElse(last);
        if (i == updates / 2) {
          half = run.accuracy();
        }
      }
      double accuracy = run.accuracy();
      report
          .figures()
          .putObject("seed" + seed + "_age" + age + "_" + name)
          .put("half_way", Report.rounded(half))
          .put("held_out", Report.rounded(accuracy))
          .put("kl_behaviour", Report.rounded(last.get(UpdateMetrics.KL_BEHAVIOUR)))
          .put("clipped", Report.rounded(last.get(UpdateMetrics.CLIP_FRACTION)))
          .put("truncated", Report.rounded(last.get(UpdateMetrics.WEIGHT_TRUNCATED)))
          .put("left_out", Report.rounded(last.get(UpdateMetrics.ROWS_LEFT_OUT)));
      report.say(
          "seed %d, age %d, %-10s: held out %.3f, then %.3f; kl %.4f, clipped %.4f, truncated %.4f,"
              + " left out %.4f, %.0f s of CPU",
          seed,
          age,
          name,
          half,
          accuracy,
          last.get(UpdateMetrics.KL_BEHAVIOUR),
          last.get(UpdateMetrics.CLIP_FRACTION),
          last.get(UpdateMetrics.WEIGHT_TRUNCATED),
          last.get(UpdateMetrics.ROWS_LEFT_OUT),
          Report.cpu() - cpu);
    }
  }
}
