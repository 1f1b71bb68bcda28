package dev.millrace.monitor.recent;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.contracts.registry.SchemaRegistry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The groups that were sampled and scored lately, and who did it how busily. */
public final class SampleBook {

  private static final int MOST = 1_000;

  /**
   * A scored group without its tokens; times in milliseconds since the epoch.
   *
   * @param partition of {@code scored-samples} in which all of it lies
   * @param reward mean of its samples' total scores; NaN where there is none
   * @param tokens of all samples
   * @param oldest policy version that wrote a token, -1 where there is none
   * @param newest policy version that wrote a token
   * @param failure reason code, empty where it was sampled and scored
   */
  public record Group(
      int partition,
      long offset,
      String taskId,
      String run,
      long step,
      String purpose,
      String policy,
      String promptId,
      String rolloutWorker,
      String rewardWorker,
      int samples,
      double reward,
      int tokens,
      long oldest,
      long newest,
      String failure,
      long issuedAt,
      long startedAt,
      long finishedAt,
      long scoredAt) {}

  /**
   * A rollout worker as its groups show it.
   *
   * @param version newest policy version that it wrote with
   * @param busy share of the time in which it had a group in hand
   */
  public record Worker(
      String name, String policy, long version, long lastAt, int groups, double busy) {}

  private final AvroSerde<ScoredGroup> serde;
  private final Ring<Group> groups = new Ring<>(MOST);

  public SampleBook(SchemaRegistry registry, Topic<ScoredGroup> topic) {
    this.serde = new AvroSerde<>(registry, topic);
  }

  /** Takes note of a record of {@code scored-samples}. */
  public void note(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() != null) {
      groups.add(summary(record.partition(), record.offset(), serde.read(record.value())));
    }
  }

  private static Group summary(int partition, long offset, ScoredGroup scored) {
    SampleGroup group = scored.getGroup();
    RolloutTask task = group.getTask();
    int tokens = 0;
    long oldest = Long.MAX_VALUE;
    long newest = -1;
    for (Sample sample : group.getSamples()) {
      tokens += sample.getTokens().size();
      for (VersionSegment segment : sample.getSegments()) {
        oldest = Math.min(oldest, segment.getVersion());
        newest = Math.max(newest, segment.getVersion());
      }
    }
    String failure = group.getFailure() != null ? group.getFailure() : scored.getFailure();
    return new Group(
        partition,
        offset,
        task.getTaskId(),
        task.getRun(),
        task.getStep(),
        task.getPurpose().name(),
        task.getPolicy(),
        task.getPromptId(),
        group.getWorker(),
        scored.getWorker(),
        group.getSamples().size(),
        scored.getScores().stream().mapToDouble(Score::getTotal).average().orElse(Double.NaN),
        tokens,
        newest < 0 ? -1 : oldest,
        newest,
        failure == null ? "" : failure,
        task.getIssuedAt(),
        group.getStartedAt(),
        group.getFinishedAt(),
        scored.getScoredAt());
  }

  /** Newest first. */
  public List<Group> groups() {
    return groups.newestFirst();
  }

  private List<Group> since(long time) {
    return groups.newestFirst().stream().filter(group -> group.scoredAt() >= time).toList();
  }

  /** Seconds from issued to sampled, of what was scored since a time. */
  public Spread sampling(long since) {
    return Spread.of(
        since(since).stream()
            .mapToDouble(group -> (group.finishedAt() - group.issuedAt()) / 1000.0));
  }

  /** Seconds from sampled to scored. */
  public Spread scoring(long since) {
    return Spread.of(
        since(since).stream()
            .mapToDouble(group -> (group.scoredAt() - group.finishedAt()) / 1000.0));
  }

  /** Tokens sampled a second, over the groups finished from {@code since} to {@code now}. */
  public double tokensPerSecond(long since, long now) {
    double seconds = Math.max(1, now - since) / 1000.0;
    return groups.newestFirst().stream()
            .filter(group -> group.finishedAt() >= since)
            .mapToLong(Group::tokens)
            .sum()
        / seconds;
  }

  /** Every rollout worker that finished a group since a time, by name. */
  public List<Worker> workers(long since, long now) {
    Map<String, List<Group>> byWorker = new TreeMap<>();
    groups.newestFirst().stream()
        .filter(group -> group.finishedAt() >= since)
        .forEach(
            group ->
                byWorker
                    .computeIfAbsent(group.rolloutWorker(), name -> new ArrayList<>())
                    .add(group));
    List<Worker> workers = new ArrayList<>();
    byWorker.forEach(
        (name, all) ->
            workers.add(
                new Worker(
                    name,
                    all.getFirst().policy(),
                    all.stream().mapToLong(Group::newest).max().orElse(-1),
                    all.stream().mapToLong(Group::finishedAt).max().orElse(0),
                    all.size(),
                    busy(all, since, now))));
    return workers;
  }

  /** Share of the time covered by the union of the groups' times in hand. */
  static double busy(List<Group> groups, long since, long now) {
    long covered = 0;
    long until = since;
    for (Group group :
        groups.stream().sorted(Comparator.comparingLong(Group::startedAt)).toList()) {
      long from = Math.max(until, group.startedAt());
      long to = Math.min(now, group.finishedAt());
      if (to > from) {
        covered += to - from;
        until = to;
      }
    }
    return now <= since ? 0 : (double) covered / (now - since);
  }
}
