package dev.millrace.cli;

import java.time.Duration;
import java.util.Optional;

/** Asks the learner now and then how it is. */
final class LearnerWatch {

  private static final long INTERVAL = Duration.ofSeconds(1).toNanos();
  private static final String FAILED = "failed: ";
  private static final String READY = "ready";

  private final TrainingSystem system;
  private String said = "";
  private long next = System.nanoTime() + INTERVAL;

  LearnerWatch(TrainingSystem system) {
    this.system = system;
  }

  /**
   * Something new that it waits for.
   *
   * @throws CommandFailure when it cannot go on
   */
  Optional<String> news() {
    if (System.nanoTime() < next) {
      return Optional.empty();
    }
    next = System.nanoTime() + INTERVAL;
    String health = system.learnerHealth().orElse(said);
    if (health.startsWith(FAILED)) {
      throw new CommandFailure(
          "the learner cannot go on: %s (its log is %s)"
              .formatted(health.substring(FAILED.length()), system.learner().log()));
    }
    if (health.equals(said)) {
      return Optional.empty();
    }
    said = health;
    return health.equals(READY) ? Optional.empty() : Optional.of("learner " + health);
  }
}
