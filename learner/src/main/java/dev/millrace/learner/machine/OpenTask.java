package dev.millrace.learner.machine;

/**
 * A task that was issued and is not resolved.
 *
 * @param version newest policy version when it was issued
 * @param deadlineAt milliseconds since the epoch; from then on it may count as expired
 */
public record OpenTask(TaskId id, TaskKind kind, long version, long deadlineAt) {

  boolean isTrain() {
    return kind == TaskKind.TRAIN;
  }
}
