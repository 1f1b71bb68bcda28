package dev.millrace.learner.machine;

import dev.millrace.contracts.avro.TaskOutcome;
import java.util.List;
import java.util.Optional;

/** What the learner does next. */
public sealed interface Decision {

  /**
   * A task that is resolved without being learned from.
   *
   * @param group what arrived for it, if anything did
   */
  record Resolved(TaskId task, TaskOutcome outcome, String reason, Optional<ArrivedGroup> group) {}

  /**
   * One entry of supervised learning.
   *
   * @param firstUpdate number of its first optimizer update in the warm start, from 0
   */
  record Teach(long firstUpdate) implements Decision {}

  /**
   * One update.
   *
   * @param groups to be learned from, by task id
   * @param resolved others that are resolved with it
   */
  record Update(List<ArrivedGroup> groups, List<Resolved> resolved) implements Decision {}

  /** Room for more groups: too few of those that were issued are informative. */
  record Refill(List<Resolved> resolved) implements Decision {}

  /** Tasks of prompts that have arrived, and nothing else. */
  record Issue() implements Decision {}

  /**
   * Nothing until prompts arrive.
   *
   * @param tasks that are open
   * @param wanted tasks that the next batch needs
   */
  record Starve(int tasks, int wanted) implements Decision {}

  /**
   * The result of an evaluation.
   *
   * @param greedy groups of one sample
   * @param sampled groups of several
   * @param resolved tasks that gave nothing
   */
  record Evaluate(List<ArrivedGroup> greedy, List<ArrivedGroup> sampled, List<Resolved> resolved)
      implements Decision {}

  /** The end of the run. */
  record End(String reason, List<Resolved> resolved) implements Decision {}

  /**
   * Nothing until a group arrives.
   *
   * @param until when a task expires, in milliseconds since the epoch
   * @param tasks how many are waited for
   */
  record Wait(long until, int tasks) implements Decision {}

  /** Nothing any more. */
  record Done(String reason) implements Decision {}
}
