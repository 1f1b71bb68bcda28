package dev.millrace.learner.machine;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which groups form the next batch: those that arrived first, except that old tasks must not be
 * left behind.
 *
 * <p>The slack of a task is the number of updates that may still come before it must be trained:
 * its version + maxStaleness - the version now. A task of slack 0 is due: the batch waits for it.
 * So that never more than a batch of them fall due together, the batch also waits for as many of
 * slack j or less as would not fit into the j batches after it (earliest deadline first). Hence no
 * group is trained later than maxStaleness updates after its task was issued, every batch is full,
 * and nothing is dropped for being slow.
 */
final class BatchRule {

  private final int promptsPerStep;
  private final int maxStaleness;

  BatchRule(int promptsPerStep, int maxStaleness) {
    this.promptsPerStep = promptsPerStep;
    this.maxStaleness = maxStaleness;
  }

  /** How many groups the next batch has when {@code open} tasks may still give one. */
  int size(int open) {
    return Math.min(promptsPerStep, open);
  }

  /**
   * The batch, or empty if it must wait.
   *
   * @param open tasks that may still give a group, those that arrived among them
   * @param arrived some of them, in the order of arrival
   * @param version the version now
   */
  Optional<List<OpenTask>> choose(Collection<OpenTask> open, List<OpenTask> arrived, long version) {
    int size = size(open.size());
    List<OpenTask> chosen = new ArrayList<>(size);
    Set<TaskId> taken = new HashSet<>();
    for (int slack = 0; slack <= maxStaleness; slack++) {
      int bound = slack;
      long pressing = open.stream().filter(task -> slack(task, version) <= bound).count();
      long needed =
          slack == maxStaleness ? size : Math.max(0, pressing - (long) slack * promptsPerStep);
      for (OpenTask task : arrived) {
        if (chosen.size() >= needed) {
          break;
        }
        if (slack(task, version) <= slack && taken.add(task.id())) {
          chosen.add(task);
        }
      }
      if (chosen.size() < needed) {
        return Optional.empty();
      }
    }
    return Optional.of(chosen);
  }

  private long slack(OpenTask task, long version) {
    return Math.clamp(task.version() + maxStaleness - version, 0, maxStaleness);
  }
}
