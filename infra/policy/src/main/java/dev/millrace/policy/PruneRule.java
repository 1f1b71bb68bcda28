package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which versions of a policy may go. Left are
 *
 * <ul>
 *   <li>the newest ones, a given number of them;
 *   <li>every version from the oldest on that an open task may need;
 *   <li>those that are pinned;
 *   <li>what a version that is left applies to (the base of an adapter or delta), and so on.
 * </ul>
 *
 * <p>All policies share one partition, so bytes go as its prefix only: what lies below the first
 * byte of every version that is left, of whatever policy, and below every transaction that was open
 * when the manifests were read.
 *
 * @param keep number of newest versions to be left, 1 or more
 * @param oldestNeeded the oldest version that an open task may need; {@link Long#MAX_VALUE} if none
 *     is open
 * @param pinned numbers of versions that are left whatever their age
 */
record PruneRule(int keep, long oldestNeeded, Set<Long> pinned) {

  /**
   * What to do.
   *
   * @param versions to be removed, the oldest first
   * @param deleteBefore the first offset of the partition that must stay
   */
  record Plan(List<Long> versions, long deleteBefore) {}

  PruneRule {
    if (keep < 1) {
      throw new IllegalArgumentException("at least one version must be kept, not " + keep);
    }
    pinned = Set.copyOf(pinned);
  }

  /**
   * @param policy whose versions may go; those of others all stay
   * @param manifests all that are committed, by policy and number
   * @param partition of {@code policy-weights}
   * @param stable the partition's first offset that an open transaction may have written, read
   *     before the manifests were
   */
  Plan plan(
      String policy,
      Map<String, ? extends NavigableMap<Long, PolicyVersion>> manifests,
      int partition,
      long stable) {
    NavigableMap<Long, PolicyVersion> versions = new TreeMap<>();
    if (manifests.containsKey(policy)) {
      versions.putAll(manifests.get(policy));
    }
    NavigableSet<Long> left = left(versions);
    NavigableSet<Long> removed = new TreeSet<>(versions.keySet());
    removed.removeAll(left);
    versions.keySet().retainAll(left);

    long before = Math.min(stable, first(versions.values(), partition));
    for (var other : manifests.entrySet()) {
      if (!other.getKey().equals(policy)) {
        before = Math.min(before, first(other.getValue().values(), partition));
      }
    }
    return new Plan(List.copyOf(removed), before);
  }

  private NavigableSet<Long> left(NavigableMap<Long, PolicyVersion> versions) {
    NavigableSet<Long> left = new TreeSet<>(versions.tailMap(oldestNeeded, true).keySet());
    versions.descendingKeySet().stream().limit(keep).forEach(left::add);
    pinned.stream().filter(versions::containsKey).forEach(left::add);
    Deque<Long> bases = new ArrayDeque<>(left);
    while (!bases.isEmpty()) {
      Long base = versions.get(bases.pop()).getBaseVersion();
      if (base != null && versions.containsKey(base) && left.add(base)) {
        bases.push(base);
      }
    }
    return left;
  }

  private static long first(Collection<PolicyVersion> versions, int partition) {
    return versions.stream()
        .filter(version -> version.getPartition() == partition)
        .mapToLong(PolicyVersion::getFirstOffset)
        .min()
        .orElse(Long.MAX_VALUE);
  }
}
