package dev.millrace.monitor.stream;

import dev.millrace.contracts.Topics;
import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.TopicFlow;
import dev.millrace.monitor.lag.TopicLag;
import dev.millrace.monitor.recent.Books;
import dev.millrace.monitor.recent.RunBook;
import dev.millrace.monitor.recent.Spread;
import dev.millrace.runtime.control.StageControls;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Puts the picture of the stream together from lag and from what went through lately. */
public final class StreamPainter {

  private static final long LATELY = Duration.ofMinutes(5).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();

  private final Installation installation;
  private final Books books;
  private final StageControls controls;

  public StreamPainter(Installation installation, Books books, StageControls controls) {
    this.installation = installation;
    this.books = books;
    this.controls = controls;
  }

  /** The stream as {@code lag} shows it. */
  public StreamView paint(LagSnapshot lag) {
    Topics topics = installation.topics();
    long now = System.currentTimeMillis();
    long since = now - LATELY;
    StageView preprocess =
        stage(
            "preprocess",
            topics.documents().name(),
            topics.chunks().name(),
            lag,
            books.documents().preprocessing(since),
            "");
    StageView embed =
        stage(
            "embed",
            topics.chunks().name(),
            topics.indexed().name(),
            lag,
            books.documents().embedding(since),
            outcomes(books.documents().outcomes(since)));
    StageView rollout =
        stage(
            "rollout",
            topics.rolloutTasks().name(),
            topics.samples().name(),
            lag,
            books.samples().sampling(since),
            workers(since, now));
    StageView reward =
        stage(
            "reward",
            topics.samples().name(),
            topics.scoredSamples().name(),
            lag,
            books.samples().scoring(since),
            "");
    StageView learner =
        stage(
            "learner",
            topics.scoredSamples().name(),
            topics.trainingLedger().name(),
            lag,
            steps(),
            learning());
    return new StreamView(
        lag.at(),
        topics.prefix(),
        List.of(preprocess, embed),
        List.of(rollout, reward, learner),
        books.documents().freshness(since),
        lag.topic(topics.documents().name()).map(TopicFlow::producedPerSecond).orElse(0.0),
        books.samples().tokensPerSecond(now - 60_000, now));
  }

  private StageView stage(
      String name, String reads, String writes, LagSnapshot lag, Spread latency, String note) {
    List<GroupLag> groups =
        lag.groups().stream()
            .filter(group -> installation.stageOf(group.group()).filter(name::equals).isPresent())
            .filter(group -> !group.retired())
            .toList();
    List<TopicLag> lags =
        groups.stream()
            .flatMap(group -> group.topics().stream())
            .filter(one -> one.topic().equals(reads))
            .toList();
    // Several groups of one stage read the same records: the one that is furthest behind counts.
    Optional<TopicLag> worst = lags.stream().max(java.util.Comparator.comparingLong(TopicLag::lag));
    return new StageView(
        name,
        reads,
        writes,
        groups.stream().map(GroupLag::group).toList(),
        lags.stream().mapToDouble(TopicLag::consumedPerSecond).max().orElse(0),
        worst.map(TopicLag::lag).orElse(0L),
        worst.map(TopicLag::seconds).orElse(0.0),
        worst.map(TopicLag::atLeast).orElse(false),
        worst.map(TopicLag::drainSeconds).orElse(0.0),
        lags.stream().anyMatch(TopicLag::stuck),
        latency,
        books.letters().of(name, System.currentTimeMillis() - HOUR),
        controls.pause(name),
        missing(groups).orElse(note));
  }

  private static Optional<String> missing(List<GroupLag> groups) {
    if (groups.isEmpty()) {
      return Optional.of("was never started here");
    }
    return groups.stream().allMatch(group -> group.state().equals("Missing"))
        ? Optional.of("was never started here")
        : groups.stream()
                .allMatch(group -> group.state().equals("Empty") || group.state().equals("Dead"))
            ? Optional.of("no process of it runs")
            : Optional.empty();
  }

  private static String outcomes(Map<String, Integer> outcomes) {
    return outcomes.entrySet().stream()
        .map(one -> one.getValue() + " " + one.getKey().toLowerCase(Locale.ROOT))
        .collect(java.util.stream.Collectors.joining(", "));
  }

  private String workers(long since, long now) {
    var workers = books.samples().workers(since, now);
    if (workers.isEmpty()) {
      return "";
    }
    double busy = workers.stream().mapToDouble(worker -> worker.busy()).average().orElse(0);
    return String.format(Locale.ROOT, "%d workers, %.0f %% idle", workers.size(), 100 * (1 - busy));
  }

  private Spread steps() {
    return books.runs().newest().stream()
        .map(Map.Entry::getKey)
        .map(books.runs()::entries)
        .map(entries -> entries.subList(Math.max(0, entries.size() - 50), entries.size()))
        .map(
            entries ->
                Spread.of(
                    entries.stream()
                        .mapToDouble(entry -> (entry.finishedAt() - entry.startedAt()) / 1000.0)))
        .findFirst()
        .orElse(Spread.of(java.util.stream.DoubleStream.empty()));
  }

  private String learning() {
    return books
        .runs()
        .newest()
        .map(
            newest -> {
              RunBook.Entry entry = newest.getValue();
              double idle = RunBook.idle(entry);
              return "%s, step %d%s"
                  .formatted(
                      newest.getKey(),
                      entry.step(),
                      Double.isNaN(idle)
                          ? ""
                          : String.format(Locale.ROOT, ", %.0f %% idle", 100 * idle));
            })
        .orElse("");
  }
}
