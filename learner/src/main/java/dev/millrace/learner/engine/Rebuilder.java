package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.learner.batch.GroupArchive;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.snapshot.SnapshotInfo;
import dev.millrace.learner.snapshot.Snapshots;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.learner.update.TrainingGroup;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.LoadedAdapter;
import dev.millrace.policy.PolicyLoader;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.StageContext;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the policy of a run back: the newest snapshot that the ledger confirms, then the entries
 * after it once more, from the groups where they lie, each checked against the recorded hash.
 */
public final class Rebuilder {

  private static final Logger LOG = LoggerFactory.getLogger(Rebuilder.class);

  /** Entries whose groups are in memory at once. */
  private static final int WINDOW = 8;

  private final StageContext context;
  private final TorchRuntime runtime;
  private final RunHistory history;
  private final Curriculum curriculum;
  private final Snapshots snapshots;
  private final GroupArchive archive;

  public Rebuilder(
      StageContext context,
      TorchRuntime runtime,
      RunHistory history,
      Curriculum curriculum,
      Snapshots snapshots,
      GroupArchive archive) {
    this.context = context;
    this.runtime = runtime;
    this.history = history;
    this.curriculum = curriculum;
    this.snapshots = snapshots;
    this.archive = archive;
  }

  /**
   * A policy brought back.
   *
   * @param policy the caller's to close
   * @param from the entry that re-applying began after
   * @param applied the last entry that was re-applied
   * @param mismatch the first entry whose recorded hash did not come out: re-applying ended there
   */
  record Rebuilt(LivePolicy policy, long from, long applied, OptionalLong mismatch) {}

  /**
   * The policy after an entry.
   *
   * @param useSnapshots false: from the start state on
   */
  Rebuilt rebuild(long to, boolean useSnapshots) {
    Base base = base(to, useSnapshots, history.entries().get((int) to).getLineage());
    try {
      long mismatch = reapply(base, to);
      return new Rebuilt(
          base.policy(),
          base.step(),
          mismatch < 0 ? to : mismatch,
          mismatch < 0 ? OptionalLong.empty() : OptionalLong.of(mismatch));
    } catch (RuntimeException e) {
      base.policy().close();
      throw e;
    }
  }

  /**
   * Makes an entry again from the state before it.
   *
   * @param useSnapshots false: from the start state on
   */
  public StepReplay replay(long step, boolean useSnapshots) {
    TrainingStep entry = history.entries().get((int) step);
    Base base = base(Math.max(0, step - 1), useSnapshots, entry.getLineage());
    try (LivePolicy policy = base.policy()) {
      long mismatch = reapply(base, step);
      return new StepReplay(
          entry.getRun(),
          step,
          entry.getKind(),
          base.step(),
          entry.getWeightsSha256(),
          policy.updater().weightsSha256(),
          Optional.ofNullable(entry.getOptimizerSha256()),
          policy.updater().optimizerSha256(),
          mismatch < 0 ? Optional.empty() : Optional.of(mismatch));
    }
  }

  private record Base(LivePolicy policy, long step) {}

  private Base base(long to, boolean useSnapshots, int lineage) {
    RunSettings settings = history.settings();
    long first = history.lineageBegin(lineage);
    for (SnapshotInfo info : snapshots.all()) {
      if (confirmed(info, to, lineage) && (useSnapshots || info.step() == first)) {
        LivePolicy policy =
            LivePolicy.of(
                settings,
                snapshots.files(info),
                DecoderWeights.load(runtime, snapshots.path(info)));
        if (snapshots.load(info, policy.updater())) {
          return new Base(policy, info.step());
        }
        policy.close();
      }
    }
    if (lineage > 0) {
      throw new IllegalStateException(
          "run %s has no snapshot of its lineage %d any more, from which step %d could be rebuilt"
              .formatted(settings.run(), lineage, to));
    }
    StartPolicy start = StartPolicy.open(settings, context, runtime);
    LivePolicy policy = LivePolicy.of(settings, start.files(), start.weights());
    String hash = policy.updater().weightsSha256();
    if (!hash.equals(history.entries().getFirst().getWeightsSha256())) {
      policy.close();
      throw new IllegalStateException(
          "run %s began with other weights (%s) than its start gives now (%s), and there is no snapshot of them"
              .formatted(settings.run(), history.entries().getFirst().getWeightsSha256(), hash));
    }
    return new Base(policy, 0);
  }

  /**
   * Whether the ledger knows this state; a snapshot may be of an entry that was never committed.
   */
  private boolean confirmed(SnapshotInfo info, long to, int lineage) {
    if (info.step() > to || info.lineage() != lineage) {
      return false;
    }
    TrainingStep entry = history.entries().get((int) info.step());
    boolean sameOptimizer =
        entry.getLineage() != lineage || info.optimizerSha256().equals(entry.getOptimizerSha256());
    return info.version() == entry.getVersionAfter()
        && info.weightsSha256().equals(entry.getWeightsSha256())
        && sameOptimizer;
  }

  /** -1, or the entry whose hash did not come out. */
  private long reapply(Base base, long to) {
    PolicyUpdater updater = base.policy().updater();
    var teacher = new Teacher(history.settings(), curriculum, base.policy().text());
    for (long first = base.step() + 1; first <= to; first += WINDOW) {
      List<TrainingStep> window =
          history.entries().subList((int) first, (int) Math.min(first + WINDOW, to + 1));
      Map<Long, List<TrainingGroup>> groups = archive.trained(window);
      for (TrainingStep entry : window) {
        apply(entry, groups.get(entry.getStep()), updater, teacher);
        if (!updater.weightsSha256().equals(entry.getWeightsSha256())) {
          LOG.warn(
              "recorded weights did not come out again run={} step={} recorded={} computed={}",
              entry.getRun(),
              entry.getStep(),
              entry.getWeightsSha256(),
              updater.weightsSha256());
          return entry.getStep();
        }
      }
    }
    return -1;
  }

  private void apply(
      TrainingStep entry, List<TrainingGroup> groups, PolicyUpdater updater, Teacher teacher) {
    RunState before = history.states().get((int) entry.getStep() - 1);
    RunState after = history.states().get((int) entry.getStep());
    if (entry.getKind() == StepKind.SFT) {
      teacher.teach(before, updater);
    } else if (entry.getKind() == StepKind.UPDATE && !groups.isEmpty()) {
      updater.update(groups, before.phase().updates() + 1L, before.version());
    }
    if (after.phase().trains() && !before.phase().trains()) {
      updater.resetOptimizer();
    }
  }

  /** The policy of a version from the log: what a run goes on with when it cannot be re-applied. */
  LivePolicy published(long version) {
    RunSettings settings = history.settings();
    var manifest =
        new PolicyVersions(context)
            .find(settings.policy(), version)
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "version %d of policy %s is not on the log any more, and run %s cannot be rebuilt without it"
                            .formatted(version, settings.policy(), settings.run())));
    if (manifest.getKind() == WeightsKind.ADAPTER) {
      try (var loader = new PolicyLoader(context, runtime)) {
        LoadedAdapter loaded = loader.loadAdapter(manifest, StartPolicy.LOAD);
        return LivePolicy.of(settings, loaded.files(), loaded.weights(), loaded.lora());
      }
    }
    StartPolicy loaded = StartPolicy.load(manifest, context, runtime);
    return LivePolicy.of(settings, loaded.files(), loaded.weights());
  }
}
