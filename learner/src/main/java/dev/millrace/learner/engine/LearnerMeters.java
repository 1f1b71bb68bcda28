package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.update.UpdateMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What dashboards see of a run: the numbers of its newest entry as gauges ({@code
 * millrace_learner_...}), tasks by outcome, and where the time goes.
 */
public final class LearnerMeters {

  private final MeterRegistry registry;
  private final Tags tags;
  private final Map<String, Double> newest = new ConcurrentHashMap<>();

  /** Those of a run; one for all learners of it that this process sees. */
  public LearnerMeters(MeterRegistry registry, String run, String policy) {
    this.registry = registry;
    this.tags = Tags.of("run", run, "policy", policy);
  }

  void made(TrainingStep entry, RunState state, Duration transaction) {
    gauge("millrace_policy_version_published", state.version());
    gauge("millrace_learner_step", entry.getStep());
    gauge("millrace_learner_tasks_open", state.open().size());
    entry.getMetrics().forEach((name, value) -> gauge(gaugeName(name), value));
    for (GroupOutcome outcome : entry.getGroups()) {
      Tags what =
          tags.and(
              "outcome",
              outcome.getOutcome().name().toLowerCase(Locale.ROOT),
              "reason",
              outcome.getReason() == null ? "" : outcome.getReason());
      registry.counter("millrace_tasks_resolved", what).increment();
      if (entry.getKind() != StepKind.EVAL) {
        registry.counter("millrace_samples", what).increment(state.settings().groupSize());
      }
    }
    registry.counter("millrace_tasks_issued", tags).increment(entry.getIssued().size());
    registry.timer("millrace_learner_transaction", tags).record(transaction);
    entry
        .getMetrics()
        .forEach(
            (name, value) -> {
              if (name.startsWith("seconds.")) {
                registry
                    .timer("millrace_learner_time", tags.and("part", name.substring(8)))
                    .record(Duration.ofNanos((long) (value * 1e9)));
              } else if (name.matches("staleness\\.\\d+")) {
                registry
                    .counter("millrace_samples_staleness", tags.and("versions", name.substring(10)))
                    .increment(value);
              }
            });
  }

  void resumed(long reapplied, double seconds) {
    gauge("millrace_learner_resume_seconds", seconds);
    gauge("millrace_learner_resume_reapplied", reapplied);
  }

  /** {@code reward_mean}, with the penalty for length, must not hide {@code reward.mean}. */
  private static String gaugeName(String metric) {
    String name = metric.equals(UpdateMetrics.REWARD_MEAN) ? "shaped_" + metric : metric;
    return "millrace_learner_" + name.replaceAll("[^A-Za-z0-9]+", "_");
  }

  private void gauge(String name, double value) {
    if (newest.put(name, value) == null) {
      registry.gauge(name, tags, newest, map -> map.getOrDefault(name, Double.NaN));
    }
  }
}
