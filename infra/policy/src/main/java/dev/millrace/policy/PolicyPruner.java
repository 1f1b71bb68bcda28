package dev.millrace.policy;

import dev.millrace.runtime.StageContext;
import java.util.List;
import java.util.Set;

/**
 * Removes old versions of a policy from the log by rule: tombstones for their manifests, then the
 * prefix of {@code policy-weights} that no kept version of any policy needs.
 */
public final class PolicyPruner implements AutoCloseable {

  /**
   * What was done.
   *
   * @param versions numbers of the versions that were removed, the oldest first
   * @param deletedBefore the first offset of {@code policy-weights} that is left
   */
  public record Pruned(List<Long> versions, long deletedBefore) {}

  public PolicyPruner(StageContext context) {}

  /**
   * Removes what may go.
   *
   * @param oldestNeeded the oldest version that an open task may need; {@link Long#MAX_VALUE} if no
   *     task is open
   * @param pinned versions to be left whatever their age
   */
  public Pruned prune(String policy, long oldestNeeded, Set<Long> pinned) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {}
}
