package dev.millrace.cli;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the entries of a run say of its speed, put together by name. All of it is about learning
 * from scored groups: the warm start is counted apart.
 */
final class LearningFigures {

  private static final String PART = "seconds.";
  private static final String TOTAL = "seconds.total";
  private static final String WAITING = "seconds.waiting";

  private final Map<String, Double> parts = new TreeMap<>();
  private double waited;
  private double worked;
  private long updates;
  private long evaluations;
  private double samples;
  private double staleness;
  private double mostStale;
  private double gaps;
  private long gapped;
  private double widest;
  private long begunAt;
  private long learnsAt;
  private long endedAt;

  /** Takes the next entry of the run. */
  void add(TrainingStep entry) {
    Map<String, Double> metrics = entry.getMetrics();
    endedAt = entry.getFinishedAt();
    begunAt = begunAt == 0 ? entry.getStartedAt() : begunAt;
    if (entry.getKind() == StepKind.UPDATE) {
      learnsAt = learnsAt == 0 ? entry.getStartedAt() : learnsAt;
      update(metrics);
    }
    if (learnsAt > 0) {
      evaluations += entry.getKind() == StepKind.EVAL ? 1 : 0;
      waited += metrics.getOrDefault(WAITING, 0.0);
      worked += metrics.getOrDefault(TOTAL, 0.0);
    }
  }

  private void update(Map<String, Double> metrics) {
    updates++;
    samples += metrics.getOrDefault("samples", 0.0);
    staleness += metrics.getOrDefault("staleness.mean", 0.0);
    mostStale = Math.max(mostStale, metrics.getOrDefault("staleness.max", 0.0));
    metrics.forEach(
        (name, value) -> {
          if (name.startsWith(PART)) {
            parts.merge(name.substring(PART.length()), value, Double::sum);
          }
        });
    Double gap = metrics.get("logprob_gap");
    if (gap != null) {
      gaps += gap;
      gapped++;
      widest = Math.max(widest, gap);
    }
  }

  /** Milliseconds since the epoch at which the first update began. */
  long learnsAt() {
    return learnsAt;
  }

  /** When the newest entry was made. */
  long endedAt() {
    return endedAt;
  }

  /**
   * All by name. {@code share_*} are parts of an update's time, from the end of the one before it;
   * {@code learner_idle} is the part of all time, evaluations included, that the learner waited;
   * {@code logprob_gap} is the mean difference between sampler and learner over answers wholly of
   * the version that is trained.
   */
  Map<String, Double> byName() {
    Map<String, Double> out = new LinkedHashMap<>();
    double seconds = (endedAt - learnsAt) / 1000.0;
    double total = parts.getOrDefault("total", 0.0);
    out.put("warm_start_s", (learnsAt - begunAt) / 1000.0);
    out.put("updates", (double) updates);
    out.put("evaluations", (double) evaluations);
    out.put("update_s", total / updates);
    out.put("samples_per_s", samples / seconds);
    double named = 0;
    for (var part : parts.entrySet()) {
      if (!part.getKey().equals("total")) {
        out.put("share_" + part.getKey(), part.getValue() / total);
        named += part.getValue();
      }
    }
    out.put("share_other", 1 - named / total);
    out.put(
        "share_kafka_and_serialisation",
        (parts.getOrDefault("transaction", 0.0) + parts.getOrDefault("serialisation", 0.0))
            / total);
    out.put("learner_idle", waited / worked);
    out.put("staleness_mean", staleness / updates);
    out.put("staleness_most", mostStale);
    out.put("logprob_gap_mean", gaps / gapped);
    out.put("logprob_gap_most", widest);
    return out;
  }
}
