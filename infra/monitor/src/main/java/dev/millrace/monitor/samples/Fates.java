package dev.millrace.monitor.samples;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Looks back through the ledger for what became of tasks. */
final class Fates {

  /** An outcome, with the entry that it stands in. */
  record Found(GroupOutcome outcome, long step, long versionBefore) {}

  /**
   * What a look back came to.
   *
   * @param outcomes by task id
   * @param from oldest entry that was looked at, by run
   */
  record Look(Map<String, Found> outcomes, Map<String, Long> from, boolean complete) {

    /** The fate of a group of this task that lies at this place; empty when it is not known. */
    Optional<Fate> of(RolloutTask task, int partition, long offset) {
      Found found = outcomes.get(task.getTaskId());
      if (found == null) {
        boolean known =
            complete || from.getOrDefault(task.getRun(), Long.MAX_VALUE) <= task.getStep() + 1;
        return known ? Optional.of(new Fate.Open()) : Optional.empty();
      }
      GroupOutcome outcome = found.outcome();
      boolean used =
          outcome.getPartition() < 0
              || outcome.getPartition() == partition && outcome.getOffset() == offset;
      return Optional.of(
          used
              ? new Fate.Resolved(
                  outcome.getOutcome(),
                  Optional.ofNullable(outcome.getReason()),
                  found.step(),
                  found.versionBefore())
              : new Fate.Ignored());
    }
  }

  private static final int BATCH = 200;

  private final LogScan scan;
  private final AvroSerde<TrainingStep> serde;
  private final TopicPartition ledger;

  Fates(LogScan scan, SchemaRegistry registry, Topics topics) {
    this.scan = scan;
    this.serde = new AvroSerde<>(registry, topics.trainingLedger());
    this.ledger = new TopicPartition(topics.trainingLedger().name(), 0);
  }

  /** Looks until all tasks are found, or their issue is reached, or the limit is met. */
  Look of(Collection<RolloutTask> tasks, ScanLimit limit) {
    Map<String, Long> missing = new HashMap<>();
    tasks.forEach(task -> missing.put(task.getTaskId(), task.getStep()));
    Map<String, Found> found = new HashMap<>();
    Map<String, Long> from = new HashMap<>();
    if (missing.isEmpty() || scan.partitions(ledger.topic()).isEmpty()) {
      return new Look(found, from, true);
    }
    long before = Long.MAX_VALUE;
    int records = 0;
    while (!missing.isEmpty()) {
      LogScan.Found<TrainingStep> look = scan.newest(ledger, before, BATCH, limit, this::read);
      for (TrainingStep entry : look.results()) {
        from.merge(entry.getRun(), entry.getStep(), Math::min);
        for (GroupOutcome outcome : entry.getGroups()) {
          if (missing.remove(outcome.getTaskId()) != null) {
            found.put(
                outcome.getTaskId(), new Found(outcome, entry.getStep(), entry.getVersionBefore()));
          }
        }
        // A task is resolved after the entry that issued it.
        String prefix = entry.getRun() + "/";
        missing
            .entrySet()
            .removeIf(e -> e.getKey().startsWith(prefix) && entry.getStep() <= e.getValue() + 1);
      }
      records += look.results().size();
      before = look.from();
      if (look.complete()) {
        return new Look(found, from, true);
      }
      if (look.results().isEmpty() || records >= limit.records()) {
        break;
      }
    }
    return new Look(found, from, false);
  }

  /** The entry of a step; empty when it is not found within the limit. */
  Optional<TrainingStep> entry(String run, long step, ScanLimit limit) {
    if (scan.partitions(ledger.topic()).isEmpty()) {
      return Optional.empty();
    }
    String key = run + "/" + step;
    List<TrainingStep> found =
        scan.newest(
                ledger,
                Long.MAX_VALUE,
                1,
                limit,
                record -> key.equals(key(record)) ? read(record) : Optional.empty())
            .results();
    return found.stream().findFirst();
  }

  static String key(ConsumerRecord<byte[], byte[]> record) {
    return record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
  }

  private Optional<TrainingStep> read(ConsumerRecord<byte[], byte[]> record) {
    try {
      return record.value() == null ? Optional.empty() : Optional.of(serde.read(record.value()));
    } catch (WireFormatException e) {
      return Optional.empty(); // the audit names it
    }
  }
}
