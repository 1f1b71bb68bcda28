package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a ledger says of its tasks, counted without the code under test. */
record Accounts(Set<String> issued, Map<String, GroupOutcome> resolved) {

  /** Fails when a task is issued twice, resolved twice, or resolved without having been issued. */
  static Accounts of(List<TrainingStep> ledger) {
    Set<String> issued = new HashSet<>();
    Map<String, GroupOutcome> resolved = new TreeMap<>();
    for (TrainingStep entry : ledger) {
      for (GroupOutcome outcome : entry.getGroups()) {
        assertThat(issued).contains(outcome.getTaskId());
        assertThat(resolved.put(outcome.getTaskId(), outcome))
            .as("resolved twice: " + outcome.getTaskId())
            .isNull();
      }
      for (String id : entry.getIssued()) {
        assertThat(issued.add(id)).as("issued twice: " + id).isTrue();
      }
    }
    return new Accounts(issued, resolved);
  }

  long count(TaskOutcome outcome) {
    return resolved.values().stream().filter(one -> one.getOutcome() == outcome).count();
  }

  void assertClosed() {
    assertThat(resolved.keySet()).isEqualTo(issued);
  }
}
