package dev.millrace.monitor.audit;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.registry.SchemaRegistry;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Looks whether the group of every task that was trained, filtered or evaluated lies where the
 * ledger says, is the first of its task, and is fresh enough.
 */
final class GroupChecks {

  private final Projection projection;
  private final String topic;
  private final TaskTable tasks;
  private final List<RunAccount> runs;
  private final Problems problems;

  GroupChecks(
      SchemaRegistry registry,
      Topic<ScoredGroup> topic,
      TaskTable tasks,
      List<RunAccount> runs,
      Problems problems) {
    this.projection =
        new Projection(
            registry, topic, "group.task.taskId", "group.samples.segments.version", "failure");
    this.topic = topic.name();
    this.tasks = tasks;
    this.runs = runs;
    this.problems = problems;
  }

  /** Takes the next record of scored-samples. */
  void add(ConsumerRecord<byte[], byte[]> record) {
    int row = record.key() == null ? -1 : tasks.find(tasks.key(record.key()));
    if (row < 0) {
      return;
    }
    if (tasks.hasPlace(row)
        && tasks.partition(row) == record.partition()
        && tasks.offset(row) == record.offset()) {
      check(row, record);
    }
    tasks.seeGroup(row);
  }

  private void check(int row, ConsumerRecord<byte[], byte[]> record) {
    String id = new String(record.key(), StandardCharsets.UTF_8);
    GenericRecord scored;
    try {
      scored = projection.read(record.value() == null ? new byte[0] : record.value());
    } catch (UnreadableException e) {
      problems.add("group-unreadable", id, e.getMessage());
      return;
    }
    var group = (GenericRecord) scored.get("group");
    String inside = ((GenericRecord) group.get("task")).get("taskId").toString();
    if (!inside.equals(id)) {
      return; // another task's group under this key: it counts as missing
    }
    tasks.findGroupAtPlace(row);
    if (tasks.isGroupSeen(row)) {
      problems.add(
          "not-the-first-group",
          id,
          "step %d took its group at %s, but an earlier one lies before it"
              .formatted(tasks.resolvedAt(row), TaskAudit.at(record)));
    }
    if (tasks.outcome(row) == TaskOutcome.TRAINED) {
      if (scored.get("failure") != null) {
        problems.add(
            "failure-trained", id, "trained on a group that failed: " + scored.get("failure"));
      }
      checkStaleness(row, id, (List<?>) group.get("samples"));
    }
  }

  private void checkStaleness(int row, String id, List<?> samples) {
    RunAccount run = runs.get(tasks.run(row));
    OptionalLong most = run.maxStaleness();
    long version = tasks.version(row);
    long worst = Long.MIN_VALUE;
    for (Object sample : samples) {
      long oldest = version;
      for (Object segment : (List<?>) ((GenericRecord) sample).get("segments")) {
        long wrote = (long) ((GenericRecord) segment).get("version");
        if (wrote > version) {
          problems.add(
              "version-from-the-future",
              id,
              "trained from version %d with tokens of version %d".formatted(version, wrote));
          return;
        }
        oldest = Math.min(oldest, wrote);
      }
      run.trained(version - oldest);
      worst = Math.max(worst, version - oldest);
    }
    if (most.isPresent() && worst > most.getAsLong()) {
      problems.add(
          "too-stale",
          id,
          "a sample was %d versions old when step %d trained it, %d are allowed"
              .formatted(worst, tasks.resolvedAt(row), most.getAsLong()));
    }
  }

  /** The last word on a task that has an outcome, when all groups were seen. */
  void judge(int row) {
    TaskOutcome outcome = tasks.outcome(row);
    if (!tasks.hasPlace(row)) {
      if (outcome == TaskOutcome.TRAINED) {
        long step = tasks.resolvedAt(row);
        problems.add(
            "group-not-there",
            tasks.key(row),
            id -> "step " + step + " does not say on which group");
      }
    } else if (!tasks.isGroupAtPlace(row)) {
      String sentence =
          "%s by step %d, but %s-%d@%d is not its group"
              .formatted(
                  outcome, tasks.resolvedAt(row), topic, tasks.partition(row), tasks.offset(row));
      problems.add("group-not-there", tasks.key(row), id -> sentence);
    }
  }
}
