package dev.millrace.learner.ledger;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.policy.PolicyDraft;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * All that one entry writes.
 *
 * @param weights the new version, if the weights changed
 * @param tasks those that the entry names as issued
 */
public record Outgoing(TrainingStep entry, Optional<PolicyDraft> weights, List<RolloutTask> tasks) {

  public Outgoing {
    Objects.requireNonNull(entry, "entry");
    Objects.requireNonNull(weights, "weights");
    tasks = List.copyOf(tasks);
  }
}
