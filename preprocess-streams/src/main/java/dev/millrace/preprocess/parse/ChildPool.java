package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import dev.millrace.preprocess.parse.ChildProcess.DiedException;
import dev.millrace.preprocess.parse.ChildProcess.UnavailableException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded number of parser processes. They are started when a document needs one and ended after
 * an idle while, so a stream of plain text pays nothing for them.
 */
final class ChildPool implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ChildPool.class);
  private static final Duration IDLE = Duration.ofSeconds(60);

  private record Resting(ChildProcess child, long since) {}

  private final ParseLimits limits;
  private final int heapMiB;
  private final Semaphore places;
  private final ScheduledExecutorService clock;
  private final Deque<Resting> resting = new ArrayDeque<>();
  private boolean closed;

  /**
   * @param size most processes at once
   * @param heapMiB heap of each of them
   */
  ChildPool(ParseLimits limits, int size, int heapMiB) {
    this.limits = limits;
    this.heapMiB = heapMiB;
    this.places = new Semaphore(size, true);
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("preprocess-parse-clock").daemon().factory());
    long period = IDLE.toMillis() / 4;
    clock.scheduleWithFixedDelay(this::endIdle, period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * Parses {@code document} in one of the processes.
   *
   * @throws UnavailableException when no process can be started
   * @throws RejectedException with the reason
   */
  ParsedDocument parse(RawDocument document) throws UnavailableException {
    if (!acquire()) {
      throw ParsePool.timedOut(limits.timeout());
    }
    try {
      return parseWithPlace(document);
    } finally {
      places.release();
    }
  }

  private ParsedDocument parseWithPlace(RawDocument document) throws UnavailableException {
    ChildProcess child = take();
    boolean fresh = child.isFresh();
    try {
      return parseIn(child, document);
    } catch (DiedException e) {
      if (fresh || e.isOutOfMemory()) {
        throw rejection(e);
      }
      // It may have died of what came before: the document gets one more chance.
      LOG.info("parser process died, trying again exit=\"{}\"", e.getMessage());
    }
    try {
      return parseIn(ChildProcess.start(clock, limits, heapMiB), document);
    } catch (DiedException e) {
      throw rejection(e);
    }
  }

  private ParsedDocument parseIn(ChildProcess child, RawDocument document) throws DiedException {
    try {
      return child.parse(document, limits.timeout());
    } finally {
      rest(child);
    }
  }

  private RejectedException rejection(DiedException death) {
    return death.isOutOfMemory()
        ? new RejectedException(
            Reason.PARSE_SWELL, "needs more than " + heapMiB + " MiB of memory to parse")
        : new RejectedException(Reason.PARSE_CRASH, death.getMessage());
  }

  private boolean acquire() {
    try {
      return places.tryAcquire(limits.timeout().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ParserStoppedException("interrupted while waiting for a parser's process", e);
    }
  }

  private ChildProcess take() throws UnavailableException {
    synchronized (this) {
      if (closed) {
        throw new UnavailableException("the parser is closed", null);
      }
      while (!resting.isEmpty()) {
        ChildProcess child = resting.pop().child();
        if (child.isAlive()) {
          return child;
        }
        child.close();
      }
    }
    return ChildProcess.start(clock, limits, heapMiB);
  }

  private synchronized void rest(ChildProcess child) {
    if (closed || !child.isAlive()) {
      child.close();
    } else {
      resting.push(new Resting(child, System.nanoTime()));
    }
  }

  private synchronized void endIdle() {
    long now = System.nanoTime();
    while (!resting.isEmpty() && now - resting.peekLast().since() > IDLE.toNanos()) {
      resting.pollLast().child().close();
    }
  }

  /** Number of processes that wait for a document. */
  synchronized int resting() {
    return resting.size();
  }

  @Override
  public synchronized void close() {
    closed = true;
    resting.forEach(r -> r.child().close());
    resting.clear();
    clock.shutdownNow();
  }
}
