package dev.millrace.monitor.samples;

import dev.millrace.contracts.avro.TaskOutcome;
import java.util.Optional;

/** What became of a group. */
public sealed interface Fate {

  /** Its task has no outcome yet. */
  record Open() implements Fate {}

  /** Its task had an answer before: this one was ignored. */
  record Ignored() implements Fate {}

  /**
   * An entry of the ledger resolved its task.
   *
   * @param step of the entry
   * @param versionBefore the policy's version when the step began
   */
  record Resolved(TaskOutcome outcome, Optional<String> reason, long step, long versionBefore)
      implements Fate {}
}
