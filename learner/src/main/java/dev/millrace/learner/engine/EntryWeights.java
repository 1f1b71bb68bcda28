package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.machine.RunPhase;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.snapshot.SnapshotInfo;
import dev.millrace.learner.snapshot.Snapshots;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.policy.PolicyDraft;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.WeightsType;
import java.util.Locale;
import java.util.Optional;

/** What an entry says of the weights: their hashes, the snapshot, the version to be published. */
final class EntryWeights {

  private final RunSettings settings;
  private final PolicyUpdater updater;
  private final PolicyFiles files;
  private final Snapshots snapshots;
  private final StepTimes times;
  private PolicyDraft.AdapterOf adapterOf;

  EntryWeights(RunSettings settings, LivePolicy policy, Snapshots snapshots, StepTimes times) {
    this.settings = settings;
    this.updater = policy.updater();
    this.files = policy.files();
    this.snapshots = snapshots;
    this.times = times;
  }

  /**
   * Completes an entry, and writes its snapshot where one is due. The snapshot comes before the
   * commit: one of an entry that never was is known by its hash.
   *
   * @param firstVersion of the run: what an adapter applies to
   * @return the version to be published, if the weights changed
   */
  Optional<PolicyDraft> into(
      TrainingStep entry, boolean changed, RunPhase phase, long firstVersion) {
    if (changed) {
      entry.setWeightsSha256(times.measure(StepTimes.HASHING, updater::weightsSha256));
    }
    if (due(entry, phase)) {
      // The optimizer is twice the size of the weights: it is hashed where a resume checks it.
      entry.setOptimizerSha256(times.measure(StepTimes.HASHING, updater::optimizerSha256));
      SnapshotInfo info = info(entry);
      entry.setSnapshot(snapshots.name(info));
      times.measure(
          StepTimes.SNAPSHOT,
          () -> {
            snapshots.save(info, updater, files);
            return null;
          });
    }
    return changed ? Optional.of(draft(entry, firstVersion)) : Optional.empty();
  }

  private boolean due(TrainingStep entry, RunPhase phase) {
    int every = settings.snapshotEvery();
    return entry.getStep() == 0
        || every > 0 && (entry.getStep() % every == 0 || phase instanceof RunPhase.Ending);
  }

  private static SnapshotInfo info(TrainingStep entry) {
    return SnapshotInfo.of(
        entry.getRun(),
        entry.getStep(),
        entry.getLineage(),
        entry.getVersionAfter(),
        entry.getWeightsSha256(),
        entry.getOptimizerSha256());
  }

  /** Of an adapter's run, the first version is that of the weights below it. */
  private PolicyDraft draft(TrainingStep entry, long firstVersion) {
    var type = WeightsType.valueOf(settings.publish().dtype().toUpperCase(Locale.ROOT));
    if (settings.lora() != null && entry.getStep() > 0) {
      if (adapterOf == null) {
        adapterOf =
            PolicyDraft.AdapterOf.of(
                firstVersion, updater.weights(), type, settings.lora().model());
      }
      return PolicyDraft.adapter(
          settings.policy(),
          entry.getVersionAfter(),
          settings.run(),
          entry.getStep(),
          adapterOf,
          updater.learned(),
          files);
    }
    return PolicyDraft.full(
            settings.policy(),
            entry.getVersionAfter(),
            settings.run(),
            entry.getStep(),
            updater.weights(),
            files,
            type)
        .withDeltas(settings.publish().delta());
  }
}
