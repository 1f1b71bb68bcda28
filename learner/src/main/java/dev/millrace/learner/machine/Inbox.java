package dev.millrace.learner.machine;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Groups that arrived and are not resolved, in the order of their arrival. The first group of an
 * open task counts; all others are ignored, so it holds no more groups than tasks are open.
 */
public final class Inbox {

  /** A group that waits, and why it would be filtered. */
  record Waiting(ArrivedGroup group, Optional<String> filtered) {}

  private final Map<TaskId, Waiting> waiting = new LinkedHashMap<>();
  private final Map<Integer, Long> positions = new TreeMap<>();
  private long ignored;

  /**
   * @param offsets where reading begins, by partition
   */
  public Inbox(Map<Integer, Long> offsets) {
    positions.putAll(offsets);
  }

  /** Whether {@link #accept} would keep a group of this task. */
  public boolean wants(TaskId task, RunState state) {
    return state.open().containsKey(task) && !waiting.containsKey(task);
  }

  /**
   * Takes a group, if it is the first of an open task.
   *
   * @param filtered why it teaches nothing, if so
   */
  public void accept(ArrivedGroup group, Optional<String> filtered, RunState state) {
    OpenTask task = state.open().get(group.task());
    if (task == null || waiting.containsKey(group.task())) {
      ignored++;
      return;
    }
    ArrivedGroup checked = checked(group, task, state);
    waiting.put(group.task(), new Waiting(checked, filtered));
  }

  /** A worker that went by other versions than it may have must not break the bound. */
  private static ArrivedGroup checked(ArrivedGroup group, OpenTask task, RunState state) {
    if (group.failure().isPresent()) {
      return group;
    }
    if (group.oldest() < task.version()) {
      return group.failing("outdated-version");
    }
    return group.newest() > state.version() ? group.failing("unknown-version") : group;
  }

  /** Reading of a partition has come so far. */
  public void position(int partition, long next) {
    positions.merge(partition, next, Math::max);
  }

  /** Drops what is resolved. */
  public void resolve(Collection<TaskId> tasks) {
    tasks.forEach(waiting::remove);
  }

  /**
   * Where reading would have to begin again once {@code resolved} are resolved: at the first group
   * that still waits, else at the position.
   */
  public Map<Integer, Long> offsets(Collection<TaskId> resolved) {
    Set<TaskId> gone = new HashSet<>(resolved);
    Map<Integer, Long> offsets = new TreeMap<>(positions);
    for (Waiting one : waiting.values()) {
      if (!gone.contains(one.group().task())) {
        offsets.merge(one.group().partition(), one.group().offset(), Math::min);
      }
    }
    return offsets;
  }

  List<Waiting> inOrder() {
    return List.copyOf(waiting.values());
  }

  Waiting get(TaskId task) {
    return waiting.get(task);
  }

  /** Groups that wait. */
  public int size() {
    return waiting.size();
  }

  /** Groups that came late or twice. */
  public long ignored() {
    return ignored;
  }
}
