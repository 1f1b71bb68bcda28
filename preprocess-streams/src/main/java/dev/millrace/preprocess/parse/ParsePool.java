package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads that parse text formats, so that the caller's own thread waits no longer than the time
 * limit. A parse that overruns is interrupted and given up; its thread keeps its place in the pool
 * until it ends, so the number of threads is bounded whatever the documents do.
 */
final class ParsePool implements AutoCloseable {

  private final Semaphore places;
  private final ThreadPoolExecutor threads;

  ParsePool(int size) {
    var count = new AtomicInteger();
    this.places = new Semaphore(size);
    this.threads =
        new ThreadPoolExecutor(
            0,
            size,
            30,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task ->
                Thread.ofPlatform()
                    .name("preprocess-parse-" + count.incrementAndGet())
                    .daemon()
                    .unstarted(task));
  }

  /** Number of documents that could be taken at once. */
  int room() {
    return places.availablePermits();
  }

  /**
   * Runs {@code parse} on a thread of the pool.
   *
   * @return null when every place is taken: nothing was run
   * @throws RejectedException what {@code parse} throws, or that it took too long or nested too
   *     deep
   */
  ParsedDocument tryRun(Callable<ParsedDocument> parse, Duration timeout) {
    if (!places.tryAcquire()) {
      return null;
    }
    var task = new FutureTask<>(parse);
    try {
      threads.execute(() -> runAndLeave(task));
    } catch (RejectedExecutionException e) {
      places.release();
      throw new ParserStoppedException("the parser is closed", e);
    }
    try {
      return task.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      task.cancel(true);
      throw timedOut(timeout);
    } catch (ExecutionException e) {
      throw unwrap(e.getCause());
    } catch (InterruptedException e) {
      task.cancel(true);
      Thread.currentThread().interrupt();
      throw new ParserStoppedException("interrupted while a document was parsed", e);
    }
  }

  /** The place is given back when the thread is free, not when its caller gave up. */
  private void runAndLeave(Runnable task) {
    try {
      task.run();
    } finally {
      places.release();
    }
  }

  static RejectedException timedOut(Duration timeout) {
    return new RejectedException(
        Reason.PARSE_TIMEOUT, "not parsed within " + timeout.toMillis() + " ms");
  }

  private static RuntimeException unwrap(Throwable cause) {
    return switch (cause) {
      case StackOverflowError e ->
          new RejectedException(Reason.PARSE_DEPTH, "nested too deep for the parser");
      case OutOfMemoryError e ->
          new RejectedException(Reason.PARSE_SWELL, "needs more memory than there is");
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(cause);
    };
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
