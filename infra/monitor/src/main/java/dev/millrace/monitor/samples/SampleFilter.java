package dev.millrace.monitor.samples;

import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Which groups are wanted: those that meet every condition that is given.
 *
 * @param tag that the prompt has
 * @param minReward that the best answer of the group has at least
 */
public record SampleFilter(
    Optional<String> run,
    Optional<String> tag,
    Optional<Purpose> purpose,
    OptionalDouble minReward) {

  /** All groups. */
  public static final SampleFilter ALL =
      new SampleFilter(
          Optional.empty(), Optional.empty(), Optional.empty(), OptionalDouble.empty());

  /** Whether a record may be wanted, by its key alone: {@code run/step/index}. */
  boolean mayTake(String taskId) {
    return run.isEmpty() || taskId.startsWith(run.get() + "/");
  }

  /** Whether a group is wanted. */
  boolean takes(ScoredGroup scored) {
    RolloutTask task = scored.getGroup().getTask();
    return (run.isEmpty() || run.get().equals(task.getRun()))
        && (tag.isEmpty() || task.getTags().contains(tag.get()))
        && (purpose.isEmpty() || purpose.get() == task.getPurpose())
        && (minReward.isEmpty() || best(scored) >= minReward.getAsDouble());
  }

  private static double best(ScoredGroup scored) {
    return scored.getScores().stream()
        .mapToDouble(Score::getTotal)
        .max()
        .orElse(Double.NEGATIVE_INFINITY);
  }
}
