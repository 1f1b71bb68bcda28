package dev.millrace.learner.machine;

import dev.millrace.learner.update.TrainingGroup;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A scored group of this run, with the place where it lies in scored-samples.
 *
 * @param failure why it cannot be used, as a reason code
 * @param group samples and rewards; without samples when there is a failure
 * @param promptId of its prompt
 * @param tags of its prompt
 * @param oldest the oldest version that wrote one of its tokens; {@link Long#MAX_VALUE} if none did
 * @param newest the newest; -1 if none did
 */
public record ArrivedGroup(
    TaskId task,
    int partition,
    long offset,
    Optional<String> failure,
    TrainingGroup group,
    String promptId,
    List<String> tags,
    long oldest,
    long newest) {

  public ArrivedGroup {
    Objects.requireNonNull(task, "task");
    Objects.requireNonNull(failure, "failure");
    Objects.requireNonNull(group, "group");
    Objects.requireNonNull(promptId, "promptId");
    tags = List.copyOf(tags);
  }

  /** The same group as unusable. */
  ArrivedGroup failing(String reason) {
    return new ArrivedGroup(
        task, partition, offset, Optional.of(reason), group, promptId, tags, oldest, newest);
  }
}
