package dev.millrace.monitor.alarm;

import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.recent.Books;
import dev.millrace.monitor.stream.StreamView;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The alarms that stand. A condition must be found for a while before it becomes an alarm, and be
 * gone for a while before that ends, so that nothing flickers. Counted as metrics: {@code
 * millrace_alarm{alarm}} stand now, {@code millrace_alarms_raised{alarm}} were raised.
 */
public final class AlarmBoard {

  private static final Logger LOG = LoggerFactory.getLogger(AlarmBoard.class);
  private static final long TEN_MINUTES = Duration.ofMinutes(10).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long AT_MOST_EVERY = 1_000;

  private record Key(AlarmKind kind, String subject) {}

  private static final class State {
    final long first;
    long last;
    Finding finding;
    boolean raised;

    State(long first) {
      this.first = first;
    }
  }

  private final Books books;
  private final long holdsMillis;
  private final Map<Key, State> states = new HashMap<>();
  private final Map<AlarmKind, Counter> raised = new EnumMap<>(AlarmKind.class);
  private volatile List<Alarm> standing = List.of();
  private long looked;

  /**
   * @param holds how long a condition must be there, or be gone, before it counts
   */
  public AlarmBoard(Books books, Duration holds, MeterRegistry meters) {
    this.books = books;
    this.holdsMillis = holds.toMillis();
    for (AlarmKind kind : AlarmKind.values()) {
      Tags tags = Tags.of("alarm", kind.written());
      raised.put(kind, meters.counter("millrace_alarms_raised", tags));
      meters.gauge("millrace_alarm", tags, this, board -> board.count(kind));
    }
  }

  private double count(AlarmKind kind) {
    return standing.stream().filter(alarm -> alarm.finding().kind() == kind).count();
  }

  /** The alarms that stand, the oldest first. */
  public List<Alarm> standing() {
    return standing;
  }

  /**
   * Looks at everything; called after each refresh of lag, by one thread.
   *
   * @param view the stream as that lag shows it
   */
  public void look(LagSnapshot lag, StreamView view) {
    long now = lag.at();
    if (Math.abs(now - looked) < AT_MOST_EVERY) {
      return;
    }
    looked = now;
    note(findings(lag, view, now), now);
  }

  private List<Finding> findings(LagSnapshot lag, StreamView view, long now) {
    List<Finding> all = new ArrayList<>();
    Set<String> paused = view.pausedGroups();
    all.addAll(AlarmRules.pausedStages(view));
    all.addAll(AlarmRules.stuckGroups(lag, paused));
    all.addAll(AlarmRules.growingLags(lag, paused));
    all.addAll(
        AlarmRules.risingLetters(
            books.letters().between(now - TEN_MINUTES, Long.MAX_VALUE),
            books.letters().between(now - TEN_MINUTES - HOUR, now - TEN_MINUTES)));
    all.addAll(AlarmRules.oldVersions(books.samples().groups(), books.versions().versions(), now));
    for (String run : books.runs().runs()) {
      if (!books.runs().ended(run)
          && books.runs().entries(run).getLast().finishedAt() > now - HOUR) {
        all.addAll(AlarmRules.starvedLearner(run, books.runs().entries(run)));
        all.addAll(AlarmRules.collapsedReward(run, books.runs().entries(run)));
        all.addAll(AlarmRules.disagreement(run, books.runs().entries(run)));
      }
    }
    return all;
  }

  void note(List<Finding> findings, long now) {
    Set<Key> found = new HashSet<>();
    for (Finding finding : findings) {
      Key key = new Key(finding.kind(), finding.subject());
      found.add(key);
      State state = states.computeIfAbsent(key, k -> new State(now));
      state.last = now;
      state.finding = finding;
      if (!state.raised && now - state.first >= holds(finding.kind())) {
        state.raised = true;
        raised.get(finding.kind()).increment();
        LOG.warn(
            "alarm={} subject={} \"{}\"",
            finding.kind().written(),
            finding.subject(),
            finding.sentence());
      }
    }
    states
        .entrySet()
        .removeIf(
            entry ->
                !found.contains(entry.getKey())
                    && (!entry.getValue().raised
                        || now - entry.getValue().last >= lasts(entry.getKey().kind())));
    standing =
        states.values().stream()
            .filter(state -> state.raised)
            .map(state -> new Alarm(state.finding, state.first))
            .sorted(Comparator.comparingLong(Alarm::since))
            .toList();
  }

  /** What people order ends with the order. */
  private long lasts(AlarmKind kind) {
    return kind == AlarmKind.STAGE_PAUSED ? 0 : holdsMillis;
  }

  /** What needed long to be seen at all need not be seen for longer. */
  private long holds(AlarmKind kind) {
    return kind == AlarmKind.LAG_GROWING ? holdsMillis : 0;
  }
}
