package dev.millrace.reward;

import dev.millrace.reward.function.RewardException;
import dev.millrace.runtime.RetriableException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Platform threads on which rewards run, because a reward that computes without end keeps its
 * thread for ever: on a virtual thread it would take one of the few carriers with it, and a few
 * such groups would stop the whole process. What does not end after its deadline and an interrupt
 * is left to itself; others go on, until too many are stuck.
 */
final class ScoringThreads implements AutoCloseable {

  private final int mostStuck;
  private final Duration deadline;
  private final AtomicInteger stuck = new AtomicInteger();
  private final ThreadPoolExecutor pool;

  /**
   * @param atOnce groups scored at the same time, at most
   * @param mostStuck groups that may run on after their deadline before no more are taken
   * @param deadline of one group
   */
  ScoringThreads(int atOnce, int mostStuck, Duration deadline) {
    this.mostStuck = mostStuck;
    this.deadline = deadline;
    this.pool =
        new ThreadPoolExecutor(
            0,
            atOnce + mostStuck,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            Thread.ofPlatform().name("reward-score-", 0).daemon().factory());
  }

  /** Groups that run on after their deadline, now. */
  int stuck() {
    return stuck.get();
  }

  /**
   * What {@code scoring} gives, within the deadline.
   *
   * @throws RewardException when it takes longer, or from {@code scoring}
   * @throws RetriableException when too many rewards hang: this process must be restarted
   */
  <T> T score(Callable<T> scoring) throws InterruptedException {
    if (stuck.get() >= mostStuck) {
      throw hanging();
    }
    var task = new Task<>(scoring);
    Future<T> future;
    try {
      future = pool.submit(task);
    } catch (RejectedExecutionException e) {
      throw hanging();
    }
    try {
      return future.get(deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      task.leave();
      future.cancel(true);
      throw new RewardException(
          "reward-timeout", "not scored within " + deadline.toMillis() + " ms");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RewardException known) {
        throw known;
      }
      throw new RewardException("reward-failed", e.getCause().toString());
    } catch (InterruptedException e) {
      task.leave();
      future.cancel(true);
      throw e;
    }
  }

  private RetriableException hanging() {
    return new RetriableException(
        stuck.get() + " rewards hang and cannot be stopped: restart this worker", null);
  }

  /** Knows whether somebody still waits for it. */
  private final class Task<T> implements Callable<T> {

    private final Callable<T> scoring;
    private boolean left;
    private boolean done;

    Task(Callable<T> scoring) {
      this.scoring = scoring;
    }

    @Override
    public T call() throws Exception {
      try {
        return scoring.call();
      } finally {
        finish();
      }
    }

    private synchronized void finish() {
      done = true;
      if (left) {
        stuck.decrementAndGet();
      }
    }

    synchronized void leave() {
      if (!done) {
        left = true;
        stuck.incrementAndGet();
      }
    }
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
