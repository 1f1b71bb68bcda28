package dev.millrace.learner.engine;

import dev.millrace.learner.ledger.RunTransactions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits entries on a thread of its own, one at a time, so that the next may be begun meanwhile.
 * Each is still one transaction, and none begins before the one before it has ended. Until then the
 * weights must stand still, since they are sent from where they are trained, and sent again if the
 * broker has to be asked twice. To be used by one thread.
 */
final class Commits implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);
  private static final Duration END = Duration.ofMinutes(2);

  private final RunTransactions transactions;
  private final ExecutorService thread;
  private Future<Duration> underWay;

  Commits(String run, RunTransactions transactions) {
    this.transactions = transactions;
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(1),
            Thread.ofPlatform().name("learner-commit-" + run).daemon().factory());
  }

  /** Begins one; there must be none under way. */
  void begin(RunTransactions.Sealed sealed) {
    if (underWay != null) {
      throw new IllegalStateException("the entry before is not committed yet");
    }
    underWay =
        thread.submit(
            () -> {
              long start = System.nanoTime();
              transactions.commit(sealed);
              return Duration.ofNanos(System.nanoTime() - start);
            });
  }

  boolean pending() {
    return underWay != null;
  }

  /**
   * What became of the one under way, if there is one: how long it took.
   *
   * @param wait whether to wait for its end; otherwise empty while it goes on
   * @throws RuntimeException as {@link RunTransactions#commit} threw it
   */
  Optional<Duration> ended(boolean wait) {
    if (underWay == null || !wait && !underWay.isDone()) {
      return Optional.empty();
    }
    try {
      Duration took = underWay.get();
      underWay = null;
      return Optional.of(took);
    } catch (ExecutionException e) {
      underWay = null;
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("an entry was not committed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /**
   * Ends the thread; a commit under way is broken off, as by a crash.
   *
   * @throws IllegalStateException if it does not end: what it reads must then not be freed
   */
  @Override
  public void close() {
    thread.shutdownNow();
    boolean interrupted = false;
    long end = System.nanoTime() + END.toNanos();
    while (!thread.isTerminated() && System.nanoTime() < end) {
      try {
        thread.awaitTermination(1, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        interrupted = true; // memory must not be freed under its hands
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (!thread.isTerminated()) {
      LOG.error("a commit does not end and holds the policy's memory");
      throw new IllegalStateException("a commit does not end");
    }
  }
}
