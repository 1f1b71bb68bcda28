package dev.millrace.monitor.lag;

import dev.millrace.monitor.lag.Offsets.Group;
import dev.millrace.monitor.lag.Offsets.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;

/**
 * Turns what Kafka says from time to time into lag in records and seconds, rates and times to
 * drain. Knows no clock and no connection. Not safe for several threads.
 *
 * <p>Lag in seconds is the age of the oldest record that a group has not read: the time since the
 * partition's end offset went past the group's position, see {@link EndHistory}.
 */
public final class LagModel {

  /** What is remembered of a partition or a group that is no longer spoken of. */
  private static final long FORGET_AFTER_MILLIS = 60_000;

  private static final long LOOK_AFTER_MILLIS = 3_000;

  private static final int MOST_LOOK_UPS = 48;

  private static final class Written {
    final EndHistory history = new EndHistory();
    final Rate produced = new Rate();
    long at;
    int lookUps;
  }

  private final double patienceSeconds;
  private final List<ExpectedReader> expected;
  private final RetirementRule retirement;
  private final Map<TopicPartition, Written> written = new HashMap<>();
  private final Map<String, Map<TopicPartition, Standing>> standings = new HashMap<>();
  private final Map<TopicPartition, Long> lookUps = new HashMap<>();
  private final Map<String, Map<TopicPartition, Long>> doubtful = new HashMap<>();

  /**
   * @param patience how long a group may have something to read and not move before it is stuck
   * @param retirement which groups nobody waits for
   */
  public LagModel(
      Duration patience, Collection<ExpectedReader> expected, RetirementRule retirement) {
    if (patience.isNegative() || patience.isZero()) {
      throw new IllegalArgumentException("patience must be positive: " + patience);
    }
    this.patienceSeconds = patience.toMillis() / 1000.0;
    this.expected = List.copyOf(expected);
    this.retirement = retirement;
  }

  /** Takes in what Kafka says now. */
  public LagSnapshot observe(Offsets seen) {
    seen.ends().forEach((partition, end) -> grow(partition, end, seen.at()));
    lookUps.clear();
    doubtful.clear();
    List<GroupLag> groups = new ArrayList<>(seen.groups().size());
    Set<String> known = new HashSet<>();
    for (Group group : seen.groups()) {
      known.add(group.id());
      groups.add(lag(group, seen));
    }
    for (ExpectedReader reader : expected) {
      if (!reader.generations() && known.add(reader.group())) {
        groups.add(lag(new Group(reader.group(), reader.kind(), "Missing", Map.of()), seen));
      }
    }
    groups.sort(Comparator.comparing(GroupLag::group));
    forget(seen.at());
    return new LagSnapshot(seen.at(), List.copyOf(groups), flows(seen));
  }

  private void grow(TopicPartition partition, long end, long at) {
    Written of = written.computeIfAbsent(partition, p -> new Written());
    if (!of.history.isEmpty()) {
      of.produced.observe(Math.max(0, end - of.history.end()), (at - of.at) / 1000.0);
    }
    of.history.observe(at, end);
    of.at = at;
  }

  private GroupLag lag(Group group, Offsets seen) {
    Map<TopicPartition, Position> positions = withExpected(group, seen);
    var known = standings.computeIfAbsent(group.id(), id -> new HashMap<>());
    Map<String, List<PartitionLag>> topics = new TreeMap<>();
    positions.forEach(
        (partition, position) -> {
          Long end = seen.ends().get(partition);
          if (end != null) {
            long oldest = seen.oldest().getOrDefault(partition, 0L);
            Standing standing = known.computeIfAbsent(partition, p -> new Standing());
            standing.observe(seen.at(), position.offset(), position.backlog());
            topics
                .computeIfAbsent(partition.topic(), name -> new ArrayList<>())
                .add(lag(group.id(), partition, standing, end, oldest, seen.at()));
          }
        });
    boolean retired = retirement.retired(group, seen.groups());
    List<TopicLag> lags = new ArrayList<>(topics.size());
    topics.forEach(
        (topic, partitions) -> {
          partitions.sort(Comparator.comparingInt(PartitionLag::partition));
          lags.add(
              TopicLag.of(
                  topic,
                  List.copyOf(partitions),
                  retired ? Double.POSITIVE_INFINITY : patienceSeconds));
        });
    return new GroupLag(group.id(), group.kind(), group.state(), retired, List.copyOf(lags));
  }

  private Map<TopicPartition, Position> withExpected(Group group, Offsets seen) {
    Map<TopicPartition, Position> all = null;
    for (ExpectedReader reader : expected) {
      if (!reader.is(group.id())) {
        continue;
      }
      all = all == null ? new HashMap<>(group.positions()) : all;
      for (TopicPartition partition : seen.ends().keySet()) {
        if (partition.topic().equals(reader.topic())) {
          all.putIfAbsent(partition, Position.at(seen.oldest().getOrDefault(partition, 0L)));
        }
      }
    }
    return all == null ? group.positions() : all;
  }

  private PartitionLag lag(
      String group, TopicPartition partition, Standing standing, long end, long oldest, long at) {
    long lag = standing.lag(end, oldest);
    Written of = written.get(partition);
    double seconds = 0;
    boolean atLeast = false;
    if (lag > 0) {
      long from = standing.from(oldest);
      double writtenAt = of.history.writtenAt(from);
      atLeast = Double.isNaN(writtenAt);
      seconds = Math.max(0, at - (atLeast ? of.history.begin() : writtenAt)) / 1000.0;
      askBack(partition, of, from, seconds, atLeast, at);
      if (standing.doubtful(at, LOOK_AFTER_MILLIS)) {
        doubtful.computeIfAbsent(group, g -> new HashMap<>()).put(partition, from);
      }
    }
    return new PartitionLag(
        partition.partition(),
        standing.position(),
        end,
        lag,
        seconds,
        atLeast,
        standing.perSecond(),
        of.produced.perSecond(),
        lag == 0 ? 0 : standing.waitingSeconds(at));
  }

  /** Notes a time worth asking Kafka about: twice as far back each time, then ever nearer. */
  private void askBack(
      TopicPartition partition, Written of, long from, double seconds, boolean before, long at) {
    double doubt = of.history.doubt(from) / 1000.0;
    if (of.lookUps >= MOST_LOOK_UPS || !before && (doubt <= 0.5 || doubt <= seconds * 0.02)) {
      return;
    }
    if (!before && of.lookUps == 0) {
      return; // all of it was observed: the doubt is the time between two observations
    }
    long time =
        before
            ? of.history.begin() - (1_000L << Math.min(40, of.lookUps))
            : at - Math.round(seconds * 1000);
    lookUps.merge(partition, Math.max(0, time), Math::min);
  }

  /**
   * Times that the last {@link #observe} would like to know the end offset of: records that were
   * written before anything was observed wait there.
   */
  public Map<TopicPartition, Long> wantedLookUps() {
    return Map.copyOf(lookUps);
  }

  /**
   * The answer to a wanted look-up.
   *
   * @param offset of the first record written at {@code time} or later; the partition's end where
   *     there is none
   * @param writtenAt of that record, negative where there is none
   */
  public void lookedUp(TopicPartition partition, long time, long offset, long writtenAt) {
    Written of = written.get(partition);
    if (of != null) {
      of.lookUps++;
      of.history.lookedUp(time, offset, writtenAt);
    }
  }

  /**
   * Positions, by group and partition, that have not moved though there seems to be something to
   * read: it may be transaction markers, which no consumer ever sees.
   */
  public Map<String, Map<TopicPartition, Long>> doubtful() {
    return doubtful;
  }

  /** The first record at or behind a doubtful position. */
  public void firstRecord(String group, TopicPartition partition, long offset) {
    Standing standing = standings.getOrDefault(group, Map.of()).get(partition);
    if (standing != null) {
      standing.firstRecord(offset);
    }
  }

  /** There is no record from a doubtful position up to {@code offset}. */
  public void nothingBefore(String group, TopicPartition partition, long offset) {
    Standing standing = standings.getOrDefault(group, Map.of()).get(partition);
    if (standing != null) {
      standing.nothingBefore(offset);
    }
  }

  private void forget(long now) {
    written.values().removeIf(of -> now - of.at > FORGET_AFTER_MILLIS);
    standings
        .values()
        .forEach(g -> g.values().removeIf(s -> now - s.seenAt() > FORGET_AFTER_MILLIS));
    standings.values().removeIf(Map::isEmpty);
  }

  private List<TopicFlow> flows(Offsets seen) {
    Map<String, List<TopicFlow.Partition>> topics = new TreeMap<>();
    Map<String, Double> rates = new HashMap<>();
    seen.ends()
        .forEach(
            (partition, end) -> {
              topics
                  .computeIfAbsent(partition.topic(), name -> new ArrayList<>())
                  .add(
                      new TopicFlow.Partition(
                          partition.partition(), seen.oldest().getOrDefault(partition, 0L), end));
              rates.merge(
                  partition.topic(), written.get(partition).produced.perSecond(), Double::sum);
            });
    List<TopicFlow> flows = new ArrayList<>(topics.size());
    topics.forEach(
        (topic, partitions) -> {
          partitions.sort(Comparator.comparingInt(TopicFlow.Partition::partition));
          long records = partitions.stream().mapToLong(p -> p.end() - p.oldest()).sum();
          flows.add(new TopicFlow(topic, records, rates.get(topic), List.copyOf(partitions)));
        });
    return List.copyOf(flows);
  }
}
