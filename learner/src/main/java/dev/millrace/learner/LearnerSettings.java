package dev.millrace.learner;

import dev.millrace.learner.ledger.TransactionSettings;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How a learner works, whatever it learns: {@code millrace.learner.*}.
 *
 * @param config the file of the run; empty: the stage is idle
 * @param snapshots folder of the snapshots of all runs
 * @param keepSnapshots newest snapshots of a run that stay
 * @param transactions their times
 * @param leastUpdate what an update takes at least
 */
public record LearnerSettings(
    Optional<Path> config,
    Path snapshots,
    int keepSnapshots,
    TransactionSettings transactions,
    Duration leastUpdate) {

  /**
   * @throws SettingsException naming the key that is wrong
   */
  public static LearnerSettings from(Settings settings) {
    try {
      return new LearnerSettings(
          settings.optional("millrace.learner.config").map(Path::of),
          Path.of(settings.text("millrace.learner.snapshots")),
          settings.integer("millrace.learner.keep-snapshots", 1, 1_000_000),
          new TransactionSettings(
              settings.duration("millrace.learner.transaction-timeout"),
              settings.duration("millrace.learner.request-deadline")),
          settings.duration("millrace.learner.least-update"));
    } catch (IllegalArgumentException e) {
      throw e instanceof SettingsException known
          ? known
          : new SettingsException("millrace.learner.transaction-timeout: " + e.getMessage());
    }
  }
}
