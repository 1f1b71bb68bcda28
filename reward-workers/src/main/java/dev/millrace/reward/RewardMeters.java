package dev.millrace.reward;

import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;

/**
 * What the stage counts: groups by outcome and reason ({@code millrace_reward_groups}), the scores
 * of each component and in total ({@code millrace_reward_score}), seconds of a group's scoring
 * ({@code millrace_reward_scoring}) and from its sampling to its scores ({@code
 * millrace_reward_wait}), and rewards that hang now ({@code millrace_reward_stuck}).
 */
final class RewardMeters {

  private final MeterRegistry registry;
  private final Timer scoring;
  private final Timer wait;

  RewardMeters(MeterRegistry registry, ScoringThreads threads) {
    this.registry = registry;
    this.scoring = registry.timer("millrace_reward_scoring");
    this.wait = registry.timer("millrace_reward_wait");
    registry.gauge("millrace_reward_stuck", Tags.empty(), threads, ScoringThreads::stuck);
  }

  void scored(ScoredGroup group, long nanos) {
    boolean failed = group.getFailure() != null;
    registry
        .counter(
            "millrace_reward_groups",
            "outcome",
            failed ? "failed" : "scored",
            "reason",
            failed ? group.getFailure() : "")
        .increment();
    scoring.record(Duration.ofNanos(nanos));
    long waited = group.getScoredAt() - group.getGroup().getFinishedAt();
    wait.record(Duration.ofMillis(Math.max(0, waited)));
    for (Score score : group.getScores()) {
      registry.summary("millrace_reward_score", "component", "total").record(score.getTotal());
      score
          .getComponents()
          .forEach(
              (name, value) ->
                  registry.summary("millrace_reward_score", "component", name).record(value));
    }
  }
}
