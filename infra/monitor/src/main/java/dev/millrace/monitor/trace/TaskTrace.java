package dev.millrace.monitor.trace;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A task's way: {@code rollout-tasks}, {@code samples}, {@code scored-samples}, the entry of the
 * ledger that resolved it, and dead letters.
 */
final class TaskTrace {

  private static final int MOST_ENTRIES = 5;

  private final LogScan scan;
  private final Topics topics;
  private final ScanLimit limit;
  private final AvroSerde<RolloutTask> tasks;
  private final AvroSerde<SampleGroup> samples;
  private final AvroSerde<ScoredGroup> scored;
  private final AvroSerde<TrainingStep> ledger;

  TaskTrace(LogScan scan, SchemaRegistry registry, Topics topics, ScanLimit limit) {
    this.scan = scan;
    this.topics = topics;
    this.limit = limit;
    this.tasks = new AvroSerde<>(registry, topics.rolloutTasks());
    this.samples = new AvroSerde<>(registry, topics.samples());
    this.scored = new AvroSerde<>(registry, topics.scoredSamples());
    this.ledger = new AvroSerde<>(registry, topics.trainingLedger());
  }

  Trace of(String id) {
    var look = new KeyedLook(scan, limit);
    List<Trace.Event> events = new ArrayList<>();
    look.find(topics.rolloutTasks().name(), id, tasks)
        .forEach(seen -> seen.value().ifPresent(task -> events.add(issued(seen.record(), task))));
    look.find(topics.samples().name(), id, samples)
        .forEach(
            seen -> seen.value().ifPresent(group -> events.add(sampled(seen.record(), group))));
    look.find(topics.scoredSamples().name(), id, scored)
        .forEach(seen -> seen.value().ifPresent(group -> events.add(scored(seen.record(), group))));
    boolean complete = resolved(id, events);
    events.addAll(Letters.of(look, topics.deadLetters().name(), id));
    return new Trace(id, events, complete && look.complete());
  }

  private static Trace.Event issued(ConsumerRecord<byte[], byte[]> record, RolloutTask task) {
    Map<String, String> detail = new TreeMap<>();
    detail.put("prompt", task.getPromptId());
    detail.put("policy", task.getPolicy());
    detail.put("version", String.valueOf(task.getVersion()));
    detail.put("purpose", task.getPurpose().name().toLowerCase(Locale.ROOT));
    return Trace.Event.of(
        record,
        task.getIssuedAt(),
        "learner",
        "issued by step %d of run %s: %d samples wanted"
            .formatted(task.getStep(), task.getRun(), task.getGroupSize()),
        Double.NaN,
        detail);
  }

  private static Trace.Event sampled(ConsumerRecord<byte[], byte[]> record, SampleGroup group) {
    Map<String, String> detail = new TreeMap<>();
    detail.put("worker", group.getWorker());
    detail.put("delivery", String.valueOf(group.getDeliveryCount()));
    detail.put("waited, s", seconds(group.getTask().getIssuedAt(), group.getStartedAt()));
    detail.put("sampling, s", seconds(group.getStartedAt(), group.getFinishedAt()));
    detail.put(
        "versions",
        group.getSamples().stream()
            .flatMap(sample -> sample.getSegments().stream())
            .map(segment -> segment.getVersion())
            .distinct()
            .sorted()
            .map(String::valueOf)
            .collect(java.util.stream.Collectors.joining(", ")));
    int tokens = group.getSamples().stream().mapToInt(sample -> sample.getTokens().size()).sum();
    return Trace.Event.of(
        record,
        group.getFinishedAt(),
        "rollout",
        group.getFailure() != null
            ? "could not be sampled: " + group.getFailure()
            : "sampled %d answers, %d tokens".formatted(group.getSamples().size(), tokens),
        (group.getFinishedAt() - group.getTask().getIssuedAt()) / 1000.0,
        detail);
  }

  private static Trace.Event scored(ConsumerRecord<byte[], byte[]> record, ScoredGroup group) {
    Map<String, String> detail = new TreeMap<>();
    detail.put("worker", group.getWorker());
    if (group.getDetail() != null) {
      detail.put("detail", group.getDetail());
    }
    return Trace.Event.of(
        record,
        group.getScoredAt(),
        "reward",
        group.getFailure() != null
            ? "could not be scored: " + group.getFailure()
            : String.format(
                Locale.ROOT,
                "scored, %.3f on average",
                group.getScores().stream().mapToDouble(Score::getTotal).average().orElse(0)),
        (group.getScoredAt() - group.getGroup().getFinishedAt()) / 1000.0,
        detail);
  }

  /** Looks from the ledger's end back to the entry that resolved the task. */
  private boolean resolved(String id, List<Trace.Event> events) {
    int slash = id.indexOf('/');
    String run = slash < 0 ? id : id.substring(0, slash);
    boolean complete = true;
    for (TopicPartition partition : scan.partitions(topics.trainingLedger().name())) {
      var found =
          scan.newest(
              partition, Long.MAX_VALUE, MOST_ENTRIES, limit, record -> outcome(record, run, id));
      events.addAll(found.results());
      complete &= found.complete() || !found.results().isEmpty();
    }
    return complete;
  }

  private Optional<Trace.Event> outcome(
      ConsumerRecord<byte[], byte[]> record, String run, String id) {
    boolean ofRun =
        record.key() != null
            && new String(record.key(), StandardCharsets.UTF_8).startsWith(run + "/");
    if (!ofRun || record.value() == null) {
      return Optional.empty();
    }
    try {
      TrainingStep step = ledger.read(record.value());
      return step.getGroups().stream()
          .filter(group -> group.getTaskId().equals(id))
          .findFirst()
          .map(group -> event(record, step, group));
    } catch (WireFormatException e) {
      return Optional.empty();
    }
  }

  private static Trace.Event event(
      ConsumerRecord<byte[], byte[]> record, TrainingStep step, GroupOutcome group) {
    Map<String, String> detail = new TreeMap<>();
    detail.put("step", String.valueOf(step.getStep()));
    detail.put("kind", step.getKind().name().toLowerCase(Locale.ROOT));
    detail.put("version before", String.valueOf(step.getVersionBefore()));
    detail.put("version after", String.valueOf(step.getVersionAfter()));
    return Trace.Event.of(
        record,
        step.getFinishedAt(),
        "learner",
        "%s in step %d%s"
            .formatted(
                group.getOutcome().name().toLowerCase(Locale.ROOT),
                step.getStep(),
                group.getReason() == null ? "" : ": " + group.getReason()),
        Double.NaN,
        detail);
  }

  private static String seconds(long from, long to) {
    return String.format(Locale.ROOT, "%.3f", (to - from) / 1000.0);
  }
}
