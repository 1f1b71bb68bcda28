package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.snapshot.SnapshotInfo;
import dev.millrace.learner.snapshot.Snapshots;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.SettingsException;
import dev.millrace.runtime.StageContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes on with a run whose learner has gone. */
final class Resuming {

  private static final Logger LOG = LoggerFactory.getLogger(Resuming.class);

  private final StageContext context;
  private final RunHistory history;
  private final Rebuilder rebuilder;
  private final Snapshots snapshots;

  Resuming(StageContext context, RunHistory history, Rebuilder rebuilder, Snapshots snapshots) {
    this.context = context;
    this.history = history;
    this.rebuilder = rebuilder;
    this.snapshots = snapshots;
  }

  /**
   * @param policy the caller's to close
   * @param state with the lineage that the coming entries have
   */
  record Resumed(LivePolicy policy, RunState state, long reapplied, double seconds) {}

  Resumed resume(RunListener listener) {
    RunState state = history.state();
    requireOurs(state);
    listener.waits("resuming run %s at step %d".formatted(state.settings().run(), state.step()));
    long start = System.nanoTime();
    Rebuilder.Rebuilt rebuilt = rebuilder.rebuild(state.step(), true);
    LivePolicy policy = rebuilt.policy();
    if (rebuilt.mismatch().isPresent()) {
      policy.close();
      policy = rebuilder.published(state.version());
      state = newLineage(policy, state, rebuilt.mismatch().getAsLong());
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    long reapplied = rebuilt.applied() - rebuilt.from();
    LOG.info(
        "resumed run={} step={} lineage={} from={} reapplied={} seconds={}",
        state.settings().run(),
        state.step(),
        state.lineage(),
        rebuilt.from(),
        reapplied,
        "%.2f".formatted(seconds));
    return new Resumed(policy, state, reapplied, seconds);
  }

  private void requireOurs(RunState state) {
    RunSettings settings = state.settings();
    PolicyVersion newest = new PolicyVersions(context).newest(settings.policy()).orElse(null);
    if (newest != null
        && newest.getVersion() > state.version()
        && !newest.getRun().equals(settings.run())) {
      throw new SettingsException(
          "policy %s has gone on to version %d in run %s: run %s cannot add to it any more; begin a new run from start.published"
              .formatted(settings.policy(), newest.getVersion(), newest.getRun(), settings.run()));
    }
  }

  private RunState newLineage(LivePolicy policy, RunState state, long mismatch) {
    String hash = policy.updater().weightsSha256();
    RunState next = state.inLineage(state.lineage() + 1, hash);
    LOG.warn(
        "run={} could not be repeated from step={} on this machine: going on from published"
            + " version={} as lineage={}, with a new optimizer",
        state.settings().run(),
        mismatch,
        state.version(),
        next.lineage());
    snapshots.save(
        SnapshotInfo.of(
            state.settings().run(),
            state.step(),
            next.lineage(),
            state.version(),
            hash,
            policy.updater().optimizerSha256()),
        policy.updater(),
        policy.files());
    return next;
  }
}
