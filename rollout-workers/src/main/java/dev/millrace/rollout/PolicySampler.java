package dev.millrace.rollout;

import dev.millrace.policy.LoadedPolicy;
import dev.millrace.runtime.RetriableException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One policy as this worker samples from it: the engine that runs now, the version that it has, and
 * how many tasks use it. New weights go to the running engine; a version with another shape waits
 * until the engine has no tasks, and gets one of its own.
 */
final class PolicySampler implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(PolicySampler.class);

  /** An engine that may be used until this is closed. */
  final class Lease implements AutoCloseable {

    private final SamplingEngine engine;

    private Lease(SamplingEngine engine) {
      this.engine = engine;
    }

    SamplingEngine engine() {
      return engine;
    }

    @Override
    public void close() {
      giveBack();
    }
  }

  /** How long a new shape waits for the tasks of the old; they are begun again after it. */
  private static final Duration DRAIN = Duration.ofMinutes(10);

  /** How long tasks have to notice that their engine has ended. */
  private static final Duration LET_GO = Duration.ofSeconds(10);

  private final String policy;
  private final EngineBounds bounds;
  private final int inHand;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private SamplingEngine engine;
  private long adopted = -1;
  private int leases;
  private int users; // leases, and tasks that wait for one
  private boolean reshaping;
  private boolean closed;
  private long lastUsed = System.nanoTime();

  /**
   * @param inHand tasks that may come at the same time
   */
  PolicySampler(String policy, EngineBounds bounds, int inHand) {
    this.policy = policy;
    this.bounds = bounds;
    this.inHand = inHand;
  }

  /**
   * Takes a version over, on its follower's thread.
   *
   * @throws RuntimeException when it cannot be run; what ran before goes on
   */
  void adopt(LoadedPolicy next) {
    SamplingEngine running = running();
    if (running != null && !running.alive()) {
      throw new RefusedVersionException("the engine of policy " + policy + " has ended");
    }
    if (running != null && running.takes(next)) {
      running.swap(next);
      adopted(running, next.version());
    } else {
      reshape(next);
    }
    next.close();
  }

  private SamplingEngine running() {
    lock.lock();
    try {
      return engine;
    } finally {
      lock.unlock();
    }
  }

  private void adopted(SamplingEngine now, long version) {
    boolean late;
    lock.lock();
    try {
      late = closed;
      engine = late ? null : now;
      adopted = version;
      reshaping = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (late) {
      retire(now);
    }
  }

  private void reshape(LoadedPolicy next) {
    // What can be refused is refused before the old engine goes.
    SamplingEngine.Plan plan = SamplingEngine.plan(next, bounds, inHand);
    try {
      SamplingEngine old = unused();
      if (old != null) {
        LOG.info("new shape policy={} version={}", policy, next.version());
        retire(old);
      }
      adopted(plan.start(next), next.version());
    } catch (RuntimeException e) {
      plan.close();
      throw e;
    }
  }

  /** Ends an engine, and frees its tokenizer when the last task has let go of it. */
  private void retire(SamplingEngine old) {
    old.stop();
    lock.lock();
    try {
      long left = LET_GO.toNanos();
      while (leases > 0 && left > 0) {
        left = changed.awaitNanos(left);
      }
      if (leases == 0) {
        old.close();
      } else {
        LOG.warn("tokenizer left behind policy={} tasks={}", policy, leases);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** The old engine, when no task uses it any more; no task begins until there is a new one. */
  private SamplingEngine unused() {
    lock.lock();
    try {
      reshaping = true;
      long left = DRAIN.toNanos();
      while (leases > 0 && left > 0 && !closed) {
        left = changed.awaitNanos(left);
      }
      if (closed) {
        throw new RefusedVersionException("the stage is being closed");
      }
      SamplingEngine old = engine;
      engine = null;
      return old;
    } catch (InterruptedException e) {
      reshaping = false;
      Thread.currentThread().interrupt();
      throw new RefusedVersionException("interrupted while the tasks of the old shape ended");
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for a version.
   *
   * @param atLeast the oldest version that may be used
   * @param patience how long to wait
   * @throws RetriableException when it has not come by then
   */
  Lease lease(long atLeast, Duration patience) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      users++;
      long left = patience.toNanos();
      while (closed || engine == null || reshaping || adopted < atLeast) {
        if (closed || left <= 0) {
          throw new RetriableException(
              "policy %s is at %s here, and a task wants version %d"
                  .formatted(policy, adopted < 0 ? "no version" : "version " + adopted, atLeast),
              null);
        }
        left = changed.awaitNanos(left);
      }
      leases++;
      users++;
      return new Lease(engine);
    } finally {
      users--;
      lastUsed = System.nanoTime();
      lock.unlock();
    }
  }

  private void giveBack() {
    lock.lock();
    try {
      leases--;
      users--;
      lastUsed = System.nanoTime();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** When a task used it last; empty while one does or waits for it. */
  OptionalLong idleSince() {
    lock.lock();
    try {
      return users > 0 ? OptionalLong.empty() : OptionalLong.of(lastUsed);
    } finally {
      lock.unlock();
    }
  }

  long adopted() {
    lock.lock();
    try {
      return adopted;
    } finally {
      lock.unlock();
    }
  }

  /** The engine at work, for who measures it. */
  Optional<SamplingEngine> engine() {
    return Optional.ofNullable(running());
  }

  /** Begins nothing any more, and waits for nothing: who waits is told so. */
  void stop() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** To be called when no version can come any more. Idempotent. */
  @Override
  public void close() {
    stop();
    SamplingEngine last;
    lock.lock();
    try {
      last = engine;
      engine = null;
    } finally {
      lock.unlock();
    }
    if (last != null) {
      retire(last);
    }
  }
}
