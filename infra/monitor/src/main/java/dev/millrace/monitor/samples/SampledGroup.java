package dev.millrace.monitor.samples;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.VersionSegment;
import java.util.LongSummaryStatistics;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The answers to one task, with their scores, where they lie in {@code scored-samples}, and what
 * became of them.
 *
 * @param fate empty where the ledger was not looked through far enough to know
 */
public record SampledGroup(ScoredGroup scored, int partition, long offset, Optional<Fate> fate) {

  public RolloutTask task() {
    return scored.getGroup().getTask();
  }

  /** Mean reward of the answers; empty when there are none. */
  public OptionalDouble meanReward() {
    return scored.getScores().stream().mapToDouble(Score::getTotal).average();
  }

  /** Largest reward of the answers; empty when there are none. */
  public OptionalDouble bestReward() {
    return scored.getScores().stream().mapToDouble(Score::getTotal).max();
  }

  /** Why there are no answers or no scores; empty when all went well. */
  public Optional<String> failure() {
    return Optional.ofNullable(scored.getFailure())
        .or(() -> Optional.ofNullable(scored.getGroup().getFailure()));
  }

  /**
   * The policy versions that wrote the answers: the oldest and the newest; empty without tokens.
   */
  public Optional<LongSummaryStatistics> versions() {
    var versions =
        scored.getGroup().getSamples().stream()
            .flatMap(sample -> sample.getSegments().stream())
            .mapToLong(VersionSegment::getVersion)
            .summaryStatistics();
    return versions.getCount() == 0 ? Optional.empty() : Optional.of(versions);
  }

  /** How many versions old a sample was when its step began; empty while no step used it. */
  public OptionalLong staleness(Sample sample) {
    long oldest =
        sample.getSegments().stream()
            .mapToLong(VersionSegment::getVersion)
            .min()
            .orElse(Long.MAX_VALUE);
    return oldest == Long.MAX_VALUE || !(fate.orElse(null) instanceof Fate.Resolved resolved)
        ? OptionalLong.empty()
        : OptionalLong.of(resolved.versionBefore() - oldest);
  }

  /** The staleness of the oldest sample. */
  public OptionalLong staleness() {
    return scored.getGroup().getSamples().stream()
        .map(this::staleness)
        .filter(OptionalLong::isPresent)
        .mapToLong(OptionalLong::getAsLong)
        .max();
  }
}
