package dev.millrace.learner.batch;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.log.LogReader;
import dev.millrace.learner.machine.LedgerException;
import dev.millrace.learner.machine.TaskId;
import dev.millrace.learner.update.TrainingGroup;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Groups that entries of the ledger were made from, read back from where they lie. */
public final class GroupArchive {

  private record Place(int partition, long offset) {}

  private final LogReader log;
  private final AvroSerde<ScoredGroup> serde;

  /**
   * @param deadline of one reading
   */
  public GroupArchive(StageContext context, Duration deadline) {
    var topic = context.topics().scoredSamples();
    this.log = new LogReader(context, topic.name(), "learner-archive", deadline);
    this.serde = new AvroSerde<>(context.registry(), topic);
  }

  /**
   * The groups that some entries trained on, by step, each in the order of the task ids. All are in
   * memory at once: ask for a few entries at a time.
   *
   * @throws LedgerException if a group is not where the ledger says
   */
  public Map<Long, List<TrainingGroup>> trained(List<TrainingStep> entries) {
    Map<Place, GroupOutcome> wanted = new HashMap<>();
    Map<Integer, Long> from = new TreeMap<>();
    Map<Integer, Long> ends = new TreeMap<>();
    entries.forEach(
        entry ->
            trainedOutcomes(entry)
                .forEach(
                    outcome -> {
                      var place = new Place(outcome.getPartition(), outcome.getOffset());
                      wanted.put(place, outcome);
                      from.merge(place.partition(), place.offset(), Math::min);
                      ends.merge(place.partition(), place.offset() + 1, Math::max);
                    }));
    Map<Place, TrainingGroup> found = new HashMap<>();
    log.read(
        from,
        ends,
        record -> {
          var place = new Place(record.partition(), record.offset());
          if (wanted.containsKey(place)) {
            found.put(
                place,
                GroupDecoder.decode(serde.read(record.value()), place.partition(), place.offset())
                    .group());
          }
        });
    Map<Long, List<TrainingGroup>> groups = new TreeMap<>();
    entries.forEach(entry -> groups.put(entry.getStep(), ordered(entry, found)));
    return groups;
  }

  private static List<GroupOutcome> trainedOutcomes(TrainingStep entry) {
    return entry.getGroups().stream()
        .filter(outcome -> outcome.getOutcome() == TaskOutcome.TRAINED)
        .toList();
  }

  private static List<TrainingGroup> ordered(TrainingStep entry, Map<Place, TrainingGroup> found) {
    List<TrainingGroup> groups = new ArrayList<>();
    for (GroupOutcome outcome : trainedOutcomes(entry)) {
      TrainingGroup group = found.get(new Place(outcome.getPartition(), outcome.getOffset()));
      if (group == null || !group.taskId().equals(outcome.getTaskId())) {
        throw new LedgerException(
            entry.getRun(),
            entry.getStep(),
            "the group of task %s is not at partition %d, offset %d of scored-samples: was the topic cut or made anew?"
                .formatted(outcome.getTaskId(), outcome.getPartition(), outcome.getOffset()));
      }
      groups.add(group);
    }
    groups.sort(Comparator.comparing(group -> TaskId.parse(group.taskId())));
    return groups;
  }
}
