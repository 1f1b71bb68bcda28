package dev.millrace.learner.engine;

import dev.millrace.learner.machine.ArrivedGroup;
import dev.millrace.learner.machine.TaskId;
import dev.millrace.learner.update.TrainingGroup;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What an entry of the ledger would say of a batch. */
public final class BatchMetrics {

  private BatchMetrics() {}

  /** The metrics of groups that some test sampled by itself. */
  public static Map<String, Double> of(List<TrainingGroup> groups) {
    var task = new TaskId("test", 0, 0);
    long version = groups.getFirst().samples().getFirst().versions()[0];
    return Measures.batch(
        groups.stream()
            .map(
                group ->
                    new ArrivedGroup(
                        task, 0, 0, Optional.empty(), group, "", List.of(), version, version))
            .toList(),
        version);
  }
}
