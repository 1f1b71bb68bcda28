package dev.millrace.learner.engine;

import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.policy.PolicyPruner;
import dev.millrace.runtime.StageContext;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes old versions of the run's policy from the log now and then, beside the work: on a thread
 * of its own, at most one pruning at a time. A pruning that fails is made up for by the next.
 */
final class Housekeeping implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final int EVERY = 16;

  private final RunSettings settings;
  private final PolicyPruner pruner;
  private final ThreadPoolExecutor thread;
  private long pruned = Long.MIN_VALUE;

  Housekeeping(StageContext context, RunSettings settings) {
    this.settings = settings;
    this.pruner = new PolicyPruner(context);
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(1),
            Thread.ofPlatform().name("learner-housekeeping-" + settings.run()).daemon().factory(),
            new ThreadPoolExecutor.DiscardPolicy());
  }

  /** To be called after every entry. */
  void after(RunState state) {
    if (pruned == Long.MIN_VALUE) {
      pruned = state.version();
    }
    if (state.version() < pruned + EVERY) {
      return;
    }
    pruned = state.version();
    long oldest = Math.min(state.oldestNeeded(), state.version());
    Set<Long> pinned =
        LongStream.rangeClosed(state.version() - settings.publish().keep() + 1, state.version())
            .boxed()
            .collect(Collectors.toSet());
    thread.execute(() -> prune(oldest, pinned));
  }

  private void prune(long oldest, Set<Long> pinned) {
    try {
      var gone = pruner.prune(settings.policy(), oldest, pinned);
      LOG.debug("pruned policy={} versions={}", settings.policy(), gone.versions());
    } catch (RuntimeException e) {
      LOG.warn("old versions stay policy={} error=\"{}\"", settings.policy(), e.toString());
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException e) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
    pruner.close();
  }
}
