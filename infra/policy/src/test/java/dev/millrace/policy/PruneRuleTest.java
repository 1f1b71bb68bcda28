package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PruneRuleTest {

  private static final long NO_TASK = Long.MAX_VALUE;

  private final Map<String, NavigableMap<Long, PolicyVersion>> manifests = new TreeMap<>();

  private void version(String policy, long version, long first, long last) {
    put(manifest(policy, version, null, first, last));
  }

  private void put(PolicyVersion manifest) {
    manifests
        .computeIfAbsent(manifest.getPolicy(), p -> new TreeMap<>())
        .put(manifest.getVersion(), manifest);
  }

  private static PolicyVersion manifest(
      String policy, long version, Long base, long first, long last) {
    return PolicyVersion.newBuilder()
        .setPolicy(policy)
        .setVersion(version)
        .setRun("run")
        .setStep(version)
        .setKind(base == null ? WeightsKind.FULL : WeightsKind.ADAPTER)
        .setBaseVersion(base)
        .setPartition(0)
        .setFirstOffset(first)
        .setLastOffset(last)
        .setBytes(1)
        .setSha256("")
        .setDtype("F32")
        .setTensors(List.of())
        .setPublishedAt(0)
        .build();
  }

  private void versions(String policy, int from, int to) {
    for (int v = from; v <= to; v++) {
      version(policy, v, v * 10L, v * 10L + 5);
    }
  }

  private PruneRule.Plan plan(int keep, long oldestNeeded, Set<Long> pinned) {
    return new PruneRule(keep, oldestNeeded, pinned).plan("p", manifests, 0, 1000);
  }

  @Test
  void the_newest_versions_stay() {
    versions("p", 1, 5);
    assertThat(plan(2, NO_TASK, Set.of())).isEqualTo(new PruneRule.Plan(List.of(1L, 2L, 3L), 40));
    assertThat(plan(9, NO_TASK, Set.of())).isEqualTo(new PruneRule.Plan(List.of(), 10));
  }

  @Test
  void what_an_open_task_may_need_stays() {
    versions("p", 1, 9);
    assertThat(plan(2, 4, Set.of())).isEqualTo(new PruneRule.Plan(List.of(1L, 2L, 3L), 40));
    assertThat(plan(2, 0, Set.of()).versions()).isEmpty();
  }

  @Test
  void a_pinned_version_stays_and_keeps_the_bytes_behind_it() {
    versions("p", 1, 5);
    assertThat(plan(1, NO_TASK, Set.of(2L, 77L)))
        .isEqualTo(new PruneRule.Plan(List.of(1L, 3L, 4L), 20));
  }

  @Test
  void what_a_version_applies_to_stays_with_it() {
    versions("p", 1, 4);
    put(manifest("p", 5, 3L, 50, 51));
    put(manifest("p", 6, 5L, 60, 61));
    assertThat(plan(1, NO_TASK, Set.of())).isEqualTo(new PruneRule.Plan(List.of(1L, 2L, 4L), 30));
  }

  @Test
  void versions_of_other_policies_stay_and_keep_the_bytes_behind_them() {
    versions("p", 1, 5);
    version("q", 1, 26, 29);
    assertThat(plan(1, NO_TASK, Set.of()))
        .isEqualTo(new PruneRule.Plan(List.of(1L, 2L, 3L, 4L), 26));
  }

  @Test
  void bytes_of_an_open_transaction_stay() {
    versions("p", 1, 5);
    assertThat(new PruneRule(1, NO_TASK, Set.of()).plan("p", manifests, 0, 33))
        .isEqualTo(new PruneRule.Plan(List.of(1L, 2L, 3L, 4L), 33));
  }

  @Test
  void a_policy_without_versions_loses_nothing_and_no_rule_keeps_nothing() {
    versions("q", 1, 2);
    assertThat(plan(1, NO_TASK, Set.of())).isEqualTo(new PruneRule.Plan(List.of(), 10));
    assertThatThrownBy(() -> new PruneRule(0, NO_TASK, Set.of())).hasMessageContaining("not 0");
  }

  /**
   * Random histories: several policies publish into one partition, their transactions overlap, some
   * abort; each is pruned at random moments by what its own learner needs. At no time may a byte be
   * gone of a version that somebody may still ask for.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void no_history_loses_a_version_that_may_be_needed(long seed) {
    var random = new Random(seed);
    var history = new History(random);
    for (int i = 0; i < 2000; i++) {
      history.step();
    }
    assertThat(history.pruned).as("the test prunes").isGreaterThan(30);
    assertThat(history.end - history.start)
        .as("the log does not grow for ever")
        .isLessThan(history.end / 2);
  }

  /** What a broker and the learners do, in small. */
  private static final class History {
    private record Open(String policy, long version, long first, long last) {}

    private final Random random;
    private final Map<String, NavigableMap<Long, PolicyVersion>> committed = new TreeMap<>();
    private final Map<String, Open> open = new HashMap<>();
    private final Map<String, Long> next = new HashMap<>();
    private final Map<String, Long> needed = new HashMap<>();
    private final Map<String, Set<Long>> pins = new HashMap<>();
    private final List<String> policies = List.of("a", "b", "c");
    private final int keep;
    private long start;
    private long end;
    private int pruned;

    History(Random random) {
      this.random = random;
      this.keep = 1 + random.nextInt(4);
      policies.forEach(policy -> pins.put(policy, new TreeSet<>()));
    }

    void step() {
      String policy = policies.get(random.nextInt(policies.size()));
      switch (random.nextInt(6)) {
        case 0 -> open.computeIfAbsent(policy, this::write);
        case 1 -> open.computeIfPresent(policy, this::more);
        case 2 -> end(policy, random.nextInt(4) > 0);
        case 3 -> needed.merge(policy, (long) random.nextInt(3), Long::sum);
        case 4 -> pin(policy);
        default -> prune(policy);
      }
      check();
    }

    private Open write(String policy) {
      return new Open(policy, next.getOrDefault(policy, 1L), end, end++);
    }

    private Open more(String policy, Open o) {
      return new Open(o.policy(), o.version(), o.first(), end++);
    }

    private void end(String policy, boolean commit) {
      Open o = open.remove(policy);
      if (o != null && commit) {
        committed
            .computeIfAbsent(policy, p -> new TreeMap<>())
            .put(o.version(), manifest(policy, o.version(), null, o.first(), o.last()));
        next.put(policy, o.version() + 1);
      }
      end++; // the marker of the transaction
    }

    private void pin(String policy) {
      Set<Long> pinned = pins.get(policy);
      if (random.nextInt(3) > 0) {
        pinned.clear();
      } else if (committed.containsKey(policy) && !committed.get(policy).isEmpty()) {
        List<Long> there = new ArrayList<>(committed.get(policy).keySet());
        pinned.add(there.get(random.nextInt(there.size())));
      }
    }

    private long oldestNeeded(String policy) {
      long newest = next.getOrDefault(policy, 1L) - 1;
      return Math.min(newest, needed.getOrDefault(policy, 0L));
    }

    private void prune(String policy) {
      long stable = open.values().stream().mapToLong(Open::first).min().orElse(end);
      PruneRule.Plan plan =
          new PruneRule(keep, oldestNeeded(policy), pins.get(policy))
              .plan(policy, committed, 0, stable);
      for (long version : plan.versions()) {
        assertThat(version).isLessThan(oldestNeeded(policy));
        assertThat(pins.get(policy)).doesNotContain(version);
        committed.get(policy).remove(version);
        pruned++;
      }
      start = Math.max(start, plan.deleteBefore());
    }

    private void check() {
      for (Open o : open.values()) {
        assertThat(o.first()).as("open %s", o).isGreaterThanOrEqualTo(start);
      }
      for (String policy : policies) {
        var versions = committed.getOrDefault(policy, new TreeMap<>());
        versions
            .values()
            .forEach(v -> assertThat(v.getFirstOffset()).as("%s", v).isGreaterThanOrEqualTo(start));
        long newest = next.getOrDefault(policy, 1L) - 1;
        for (long v = Math.max(1, newest - keep + 1); v <= newest; v++) {
          assertThat(versions).as("newest of %s", policy).containsKey(v);
        }
        assertThat(versions.keySet()).containsAll(pins.get(policy));
      }
    }
  }
}
