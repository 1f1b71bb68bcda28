package dev.millrace.monitor.audit;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.monitor.audit.CompactTable.Key;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Accounts for every task of every run, from the ledger, {@code rollout-tasks} and {@code
 * scored-samples}: issued once and published, resolved once at most, trained with the group that
 * the ledger names and not with a staler one than allowed, in an unbroken chain of entries and
 * versions. One use.
 */
public final class TaskAudit {

  /** Tasks that the ledger as it was read does not know; more than these are only counted. */
  private static final int MOST_STRANGERS = 10_000;

  private final StageContext context;
  private final Optional<String> only;
  private final AuditLimits limits;
  private final Problems problems;
  private final AvroSerde<TrainingStep> ledger;
  private final Projection published;
  private final TaskTable tasks = new TaskTable();
  private final GroupChecks groups;
  private final Set<String> known = new LinkedHashSet<>();
  private final Map<String, Integer> numbers = new LinkedHashMap<>();
  private final List<RunAccount> runs = new ArrayList<>();
  private final Map<String, String> strangers = new LinkedHashMap<>();

  /**
   * @param only the one run to look at
   */
  public TaskAudit(StageContext context, Optional<String> only, AuditLimits limits) {
    this.context = context;
    this.only = only;
    this.limits = limits;
    this.problems = new Problems(limits.listed());
    this.ledger = new AvroSerde<>(context.registry(), context.topics().trainingLedger());
    this.published =
        new Projection(
            context.registry(), context.topics().rolloutTasks(), "taskId", "run", "step");
    this.groups =
        new GroupChecks(
            context.registry(), context.topics().scoredSamples(), tasks, runs, problems);
  }

  /**
   * Reads the topics and accounts.
   *
   * @throws AuditDeadlineException when it takes longer than the limits allow
   * @throws dev.millrace.runtime.RetriableException when Kafka does not answer
   */
  public TaskReport run(AuditProgress progress) {
    var topics = context.topics();
    boolean found;
    try (var scan =
        new TopicScan(context.kafka(), "millrace-audit-tasks", limits.deadline(), progress)) {
      // In this order whatever a later topic should have is there when it is read.
      var entries = scan.topic(topics.trainingLedger().name());
      found = entries.exists();
      entries.toEnd(this::entry);
      var issued = scan.topic(topics.rolloutTasks().name());
      issued.toEnd(this::task);
      entries.toEnd(this::laterEntry);
      var scored = scan.topic(topics.scoredSamples().name());
      scored.toEnd(groups::add);
      // The markers of a transaction reach its partitions one after the other.
      var grace = new Grace(limits.grace());
      while (anyUnpublished() && grace.waits()) {
        issued.toEnd(this::task);
      }
      judge();
      if (problems.wantsNames()) {
        scan.topic(topics.trainingLedger().name()).toEnd(this::nameTasks);
      }
    }
    return new TaskReport(
        found, runs.stream().map(RunAccount::report).toList(), problems.findings());
  }

  private Optional<TrainingStep> read(ConsumerRecord<byte[], byte[]> record) {
    try {
      if (record.value() != null) {
        TrainingStep entry = ledger.read(record.value());
        known.add(entry.getRun());
        return only.isEmpty() || only.get().equals(entry.getRun())
            ? Optional.of(entry)
            : Optional.empty();
      }
      unreadable(record, "it has no value");
    } catch (WireFormatException e) {
      unreadable(record, e.getMessage());
    }
    return Optional.empty();
  }

  private void entry(ConsumerRecord<byte[], byte[]> record) {
    read(record).ifPresent(this::entry);
  }

  private void entry(TrainingStep entry) {
    int number = numbers.computeIfAbsent(entry.getRun(), run -> numbers.size());
    if (number == runs.size()) {
      runs.add(new RunAccount(entry.getRun(), problems));
    }
    RunAccount run = runs.get(number);
    run.add(entry);
    for (GroupOutcome outcome : entry.getGroups()) {
      resolve(run, number, entry, outcome);
    }
    for (String id : entry.getIssued()) {
      run.issued();
      if (!tasks.issue(tasks.key(id), number, entry.getStep())) {
        problems.add("issued-twice", id, "issued again by step " + entry.getStep());
      }
    }
  }

  private void resolve(RunAccount run, int number, TrainingStep entry, GroupOutcome group) {
    String id = group.getTaskId();
    TaskOutcome outcome = group.getOutcome();
    run.resolved(outcome, group.getReason());
    int row = tasks.find(tasks.key(id));
    if (row < 0 || tasks.run(row) != number) {
      problems.add(
          "resolved-but-not-issued",
          id,
          "%s by step %d, but the run had not issued it".formatted(outcome, entry.getStep()));
      return;
    }
    if (tasks.outcome(row) != null) {
      problems.add(
          "resolved-twice",
          id,
          "%s by step %d, after %s by step %d"
              .formatted(outcome, entry.getStep(), tasks.outcome(row), tasks.resolvedAt(row)));
      return;
    }
    tasks.resolve(
        row,
        outcome,
        entry.getStep(),
        group.getPartition(),
        group.getOffset(),
        entry.getVersionBefore());
  }

  private void task(ConsumerRecord<byte[], byte[]> record) {
    GenericRecord task;
    try {
      task = published.read(record.value() == null ? new byte[0] : record.value());
    } catch (UnreadableException e) {
      unreadable(record, e.getMessage());
      return;
    }
    if (only.isPresent() && !only.get().contentEquals((CharSequence) task.get("run"))) {
      return;
    }
    String id = task.get("taskId").toString();
    int row = tasks.find(tasks.key(id));
    if (row < 0) {
      if (strangers.size() < MOST_STRANGERS) {
        strangers.put(id, "no entry of the ledger issued this task of rollout-tasks");
      }
    } else if (tasks.isPublished(row)) {
      problems.add("published-twice", id, "it stands in rollout-tasks again at " + at(record));
    } else {
      tasks.publish(row);
      long step = (long) task.get("step");
      if (step != tasks.issuedAt(row)) {
        problems.add(
            "wrong-step",
            id,
            "it says that step %d issued it, the ledger says step %d"
                .formatted(step, tasks.issuedAt(row)));
      }
    }
  }

  /** Entries that were written while we read: they only tell that strangers are none. */
  private void laterEntry(ConsumerRecord<byte[], byte[]> record) {
    read(record).ifPresent(entry -> entry.getIssued().forEach(strangers::remove));
  }

  private boolean anyUnpublished() {
    boolean[] any = {false};
    tasks.forEach(row -> any[0] |= !tasks.isPublished(row));
    return any[0];
  }

  private void judge() {
    strangers.forEach((id, sentence) -> problems.add("not-in-ledger", id, sentence));
    tasks.forEach(
        row -> {
          RunAccount run = runs.get(tasks.run(row));
          Key key = tasks.key(row);
          if (!tasks.isPublished(row)) {
            long step = tasks.issuedAt(row);
            problems.add(
                "not-published", key, id -> "issued by step " + step + ", not in rollout-tasks");
          }
          if (tasks.outcome(row) == null) {
            run.open();
            if (run.ended()) {
              problems.add(
                  "open-after-end", key, id -> "without an outcome, though the run has ended");
            }
          } else {
            groups.judge(row);
          }
        });
  }

  private void nameTasks(ConsumerRecord<byte[], byte[]> record) {
    if (problems.wantsNames()) {
      try {
        ledger.read(record.value()).getIssued().forEach(id -> problems.name(tasks.key(id), id));
      } catch (WireFormatException e) {
        // reported when it was read first
      }
    }
  }

  private void unreadable(ConsumerRecord<byte[], byte[]> record, String why) {
    String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    problems.add("unreadable", key.isEmpty() ? at(record) : key, why + " (" + at(record) + ")");
  }

  static String at(ConsumerRecord<?, ?> record) {
    return record.topic() + "-" + record.partition() + "@" + record.offset();
  }

  /** After {@link #run}: all runs that the ledger knows, in the order of their first entries. */
  public Set<String> knownRuns() {
    return Collections.unmodifiableSet(known);
  }
}
