package dev.millrace.monitor.recent;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.contracts.registry.SchemaRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** The ledgers of the newest runs, without their lists of tasks. Safe for any number of threads. */
public final class RunBook {

  private static final int MOST_RUNS = 20;
  private static final int MOST_ENTRIES = 20_000;
  private static final int MOST_METRICS = 200;

  /**
   * An entry of a run's ledger.
   *
   * @param outcomes resolved tasks by outcome
   * @param partition of the ledger in which all of it lies
   */
  public record Entry(
      long step,
      String kind,
      int lineage,
      long versionBefore,
      long versionAfter,
      Map<String, Double> metrics,
      Map<String, Integer> outcomes,
      int issued,
      String detail,
      long startedAt,
      long finishedAt,
      int partition,
      long offset) {

    /** A metric, NaN where the entry has none of that name. */
    public double metric(String name) {
      return metrics.getOrDefault(name, Double.NaN);
    }
  }

  private final AvroSerde<TrainingStep> serde;

  /** By run, the run that was written to last at the end. */
  private final Map<String, List<Entry>> runs = new LinkedHashMap<>();

  public RunBook(SchemaRegistry registry, Topic<TrainingStep> topic) {
    this.serde = new AvroSerde<>(registry, topic);
  }

  /** Takes note of a record of {@code training-ledger}. */
  public void note(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return;
    }
    TrainingStep step = serde.read(record.value());
    Map<String, Integer> outcomes = new TreeMap<>();
    for (GroupOutcome group : step.getGroups()) {
      outcomes.merge(group.getOutcome().name(), 1, Integer::sum);
    }
    Map<String, Double> metrics = new TreeMap<>();
    step.getMetrics().entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .limit(MOST_METRICS)
        .forEach(metric -> metrics.put(metric.getKey(), metric.getValue()));
    add(
        step.getRun(),
        new Entry(
            step.getStep(),
            step.getKind().name(),
            step.getLineage(),
            step.getVersionBefore(),
            step.getVersionAfter(),
            Map.copyOf(metrics),
            Map.copyOf(outcomes),
            step.getIssued().size(),
            step.getDetail() == null ? "" : step.getDetail(),
            step.getStartedAt(),
            step.getFinishedAt(),
            record.partition(),
            record.offset()));
  }

  private synchronized void add(String run, Entry entry) {
    List<Entry> entries = runs.remove(run);
    entries = entries == null ? new ArrayList<>() : entries;
    entries.add(entry);
    if (entries.size() > MOST_ENTRIES) {
      entries.removeFirst();
    }
    runs.put(run, entries);
    if (runs.size() > MOST_RUNS) {
      runs.remove(runs.keySet().iterator().next());
    }
  }

  /** Runs, the one that was written to last first. */
  public synchronized List<String> runs() {
    return new ArrayList<>(runs.keySet()).reversed();
  }

  /** A run's entries, oldest first; none for a run that is not known. */
  public synchronized List<Entry> entries(String run) {
    return List.copyOf(runs.getOrDefault(run, List.of()));
  }

  /** The newest entry of all. */
  public synchronized Optional<Map.Entry<String, Entry>> newest() {
    return runs.isEmpty()
        ? Optional.empty()
        : Optional.of(runs.entrySet().stream().toList().getLast())
            .map(run -> Map.entry(run.getKey(), run.getValue().getLast()));
  }

  /** True when the run has an END entry as its last. */
  public boolean ended(String run) {
    List<Entry> entries = entries(run);
    return !entries.isEmpty() && entries.getLast().kind().equals("END");
  }

  /**
   * Share of the time of an entry that the learner waited for groups; NaN where the entry does not
   * say.
   */
  public static double idle(Entry entry) {
    return entry.metric("idle");
  }
}
