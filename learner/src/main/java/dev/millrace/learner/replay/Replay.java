package dev.millrace.learner.replay;

import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.LearnerSettings;
import dev.millrace.learner.batch.GroupArchive;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.PromptLog;
import dev.millrace.learner.engine.Rebuilder;
import dev.millrace.learner.engine.RunHistory;
import dev.millrace.learner.engine.StepReplay;
import dev.millrace.learner.ledger.Ledger;
import dev.millrace.learner.snapshot.Snapshots;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * Makes entries of a run again: from a snapshot or the start, with the recorded groups, on this
 * machine. Reads only; the run may be going on meanwhile.
 */
public final class Replay {

  private final StageContext context;
  private final LearnerSettings settings;
  private final TorchRuntime runtime;

  public Replay(StageContext context, LearnerSettings settings, TorchRuntime runtime) {
    this.context = Objects.requireNonNull(context, "context");
    this.settings = Objects.requireNonNull(settings, "settings");
    this.runtime = Objects.requireNonNull(runtime, "runtime");
  }

  /**
   * Brings the state before an entry back and makes the entry again.
   *
   * @throws IllegalArgumentException if there is no such run or entry
   */
  public StepReplay step(String run, long step) {
    RunHistory history = history(run);
    if (step < 0 || step >= history.entries().size()) {
      throw new IllegalArgumentException(
          "run %s has steps 0 to %d, no step %d"
              .formatted(run, history.entries().size() - 1, step));
    }
    return rebuilder(history).replay(step, true);
  }

  /**
   * Makes the whole run again from its start (that of its last lineage, if it has several), without
   * snapshots in between.
   *
   * @return the last entry
   * @throws IllegalArgumentException if there is no such run
   */
  public StepReplay all(String run) {
    RunHistory history = history(run);
    return rebuilder(history).replay(history.entries().size() - 1L, false);
  }

  private RunHistory history(String run) {
    var ledger = new Ledger(context, deadline());
    List<TrainingStep> entries = ledger.entries(run);
    if (entries.isEmpty()) {
      throw new IllegalArgumentException(
          "the ledger has no run '%s': there are %s".formatted(run, ledger.runs()));
    }
    return RunHistory.of(entries);
  }

  private Rebuilder rebuilder(RunHistory history) {
    return new Rebuilder(
        context,
        runtime,
        history,
        new Curriculum(history.settings(), new PromptLog(context, deadline())),
        new Snapshots(settings.snapshots(), history.settings().run(), settings.keepSnapshots()),
        new GroupArchive(context, deadline()));
  }

  private Duration deadline() {
    return settings.transactions().deadline();
  }
}
