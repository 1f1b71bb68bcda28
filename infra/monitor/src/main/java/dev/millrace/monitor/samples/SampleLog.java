package dev.millrace.monitor.samples;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Finds groups of samples in the log, looking back from its end, so that the newest cost little
 * however long the log is. Safe for any number of threads; one look at a time.
 */
public final class SampleLog implements AutoCloseable {

  /**
   * Groups that were found.
   *
   * @param complete false when a limit was met before the log's beginning, so that there may be
   *     more
   */
  public record Found(List<SampledGroup> groups, boolean complete) {}

  private record Placed(ScoredGroup scored, int partition, long offset) {}

  private final LogScan scan;
  private final AvroSerde<ScoredGroup> serde;
  private final Fates fates;
  private final String topic;

  private SampleLog(LogScan scan, StageContext context) {
    this.scan = scan;
    this.serde = new AvroSerde<>(context.registry(), context.topics().scoredSamples());
    this.fates = new Fates(scan, context.registry(), context.topics());
    this.topic = context.topics().scoredSamples().name();
  }

  public static SampleLog open(StageContext context) {
    return new SampleLog(new LogScan(context.kafka().reader("millrace-samples")), context);
  }

  /**
   * The newest groups that a filter takes, newest first.
   *
   * @param most groups that are returned
   * @param limit of the look into each partition
   * @throws org.apache.kafka.common.KafkaException when Kafka does not answer
   */
  public Found newest(SampleFilter filter, int most, ScanLimit limit) {
    List<Placed> placed = new ArrayList<>();
    boolean complete = true;
    for (TopicPartition partition : scan.partitions(topic)) {
      var look =
          scan.newest(partition, Long.MAX_VALUE, most, limit, record -> read(record, filter));
      placed.addAll(look.results());
      complete &= look.complete() || look.results().size() >= most;
    }
    placed.sort(Comparator.comparingLong((Placed one) -> one.scored().getScoredAt()).reversed());
    return new Found(withFates(placed.subList(0, Math.min(most, placed.size())), limit), complete);
  }

  /**
   * The groups that a step trained, filtered, evaluated or gave up, in the order of the ledger.
   *
   * @return empty when the run has no such step within the limit
   * @throws org.apache.kafka.common.KafkaException when Kafka does not answer
   */
  public Optional<Found> ofStep(
      String run, long step, SampleFilter filter, int most, ScanLimit limit) {
    Optional<TrainingStep> entry = fates.entry(run, step, limit);
    return entry.map(
        found -> {
          List<Placed> placed = new ArrayList<>();
          List<GroupOutcome> outcomes =
              found.getGroups().stream().filter(group -> group.getPartition() >= 0).toList();
          for (GroupOutcome outcome : outcomes) {
            if (placed.size() < most) {
              at(outcome.getPartition(), outcome.getOffset(), filter, limit).ifPresent(placed::add);
            }
          }
          return new Found(withFates(placed, limit), placed.size() < most);
        });
  }

  private Optional<Placed> at(int partition, long offset, SampleFilter filter, ScanLimit limit) {
    List<Placed> found = new ArrayList<>();
    scan.read(
        new TopicPartition(topic, partition),
        offset,
        offset + 1,
        limit,
        record -> {
          read(record, filter).ifPresent(found::add);
          return true;
        });
    return found.stream().findFirst();
  }

  /**
   * The group of a task: the one that the ledger used, else the newest.
   *
   * @return empty when there is none within the limit
   * @throws org.apache.kafka.common.KafkaException when Kafka does not answer
   */
  public Optional<SampledGroup> find(String taskId, ScanLimit limit) {
    List<TopicPartition> partitions = scan.partitions(topic);
    if (partitions.isEmpty()) {
      return Optional.empty();
    }
    byte[] key = taskId.getBytes(StandardCharsets.UTF_8);
    TopicPartition partition = LogScan.partitionOf(topic, key, partitions.size());
    List<Placed> placed =
        scan.newest(
                partition,
                Long.MAX_VALUE,
                1,
                limit,
                record ->
                    taskId.equals(Fates.key(record))
                        ? read(record, SampleFilter.ALL)
                        : Optional.empty())
            .results();
    if (placed.isEmpty()) {
      return Optional.empty();
    }
    SampledGroup newest = withFates(placed, limit).getFirst();
    if (!(newest.fate().orElse(null) instanceof Fate.Ignored)) {
      return Optional.of(newest);
    }
    Fates.Look look = fates.of(List.of(newest.task()), limit);
    GroupOutcome used = look.outcomes().get(taskId).outcome();
    return at(used.getPartition(), used.getOffset(), SampleFilter.ALL, limit)
        .map(one -> withFates(List.of(one), limit).getFirst())
        .or(() -> Optional.of(newest));
  }

  private List<SampledGroup> withFates(List<Placed> placed, ScanLimit limit) {
    Fates.Look look =
        fates.of(placed.stream().map(one -> one.scored().getGroup().getTask()).toList(), limit);
    return placed.stream()
        .map(
            one ->
                new SampledGroup(
                    one.scored(),
                    one.partition(),
                    one.offset(),
                    look.of(one.scored().getGroup().getTask(), one.partition(), one.offset())))
        .toList();
  }

  private Optional<Placed> read(ConsumerRecord<byte[], byte[]> record, SampleFilter filter) {
    if (record.value() == null || !filter.mayTake(Fates.key(record))) {
      return Optional.empty();
    }
    try {
      ScoredGroup scored = serde.read(record.value());
      return filter.takes(scored)
          ? Optional.of(new Placed(scored, record.partition(), record.offset()))
          : Optional.empty();
    } catch (WireFormatException e) {
      return Optional.empty(); // the learner will bury it
    }
  }

  @Override
  public void close() {
    scan.close();
  }
}
