package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.machine.RunState;

/** Hears how a run goes, on its thread. */
public interface RunListener {

  /** It is not at work yet. */
  default void waits(String reason) {}

  /** It has nothing to do until there are prompts. */
  default void idles(String reason) {}

  /** It is at work, and waits for some tasks. */
  default void works(RunState state, int missing) {}

  /** An entry is made and about to be committed. */
  default void commits(TrainingStep entry) {}

  /** An entry was committed. */
  default void made(TrainingStep entry, RunState after) {}

  /** The run is over. */
  default void ended(RunState state, String reason) {}
}
