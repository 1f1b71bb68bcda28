package dev.millrace.serving.chat;

import dev.millrace.serving.Refusal;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * How many requests may be at work and how many may wait for that. What is beyond is refused at
 * once rather than queued: a client that is told to come back fares better than one that times out.
 */
public final class Admission {

  private final Semaphore working;
  private final Semaphore present;
  private final Duration patience;
  private final int places;
  private final int limit;

  /**
   * @param atWork most requests that are worked on at a time
   * @param waiting most that wait for one of those to end
   * @param patience how long one may wait
   */
  public Admission(int atWork, int waiting, Duration patience) {
    this.working = new Semaphore(atWork, true);
    this.present = new Semaphore(Math.addExact(atWork, waiting));
    this.patience = patience;
    this.places = atWork;
    this.limit = atWork + waiting;
  }

  /**
   * Waits for a place.
   *
   * @throws Refusal 429 if there are too many already, or none became free in time
   */
  public Ticket enter() throws InterruptedException {
    if (!present.tryAcquire()) {
      throw refused(limit + " requests are at work and waiting already.");
    }
    boolean admitted = false;
    try {
      admitted = working.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      if (!admitted) {
        present.release();
      }
    }
    if (!admitted) {
      throw refused("No place became free within " + patience.toMillis() + " ms.");
    }
    return new Ticket();
  }

  /** A way in: {@link #enter}, or one that gives up with its client. */
  @FunctionalInterface
  public interface Door {
    Ticket enter() throws InterruptedException;
  }

  /** Requests that hold a ticket now. */
  public int atWork() {
    return places - working.availablePermits();
  }

  /** Requests that wait for a ticket now. */
  public int waiting() {
    return Math.max(0, limit - present.availablePermits() - atWork());
  }

  /**
   * Waits until nobody is at work.
   *
   * @return false if somebody still was when the deadline had passed
   */
  public boolean awaitIdle(Duration deadline) {
    try {
      boolean idle = working.tryAcquire(places, deadline.toMillis(), TimeUnit.MILLISECONDS);
      if (idle) {
        working.release(places);
      }
      return idle;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static Refusal refused(String reason) {
    return Refusal.overloaded(Duration.ofSeconds(1), reason + " Try again shortly.");
  }

  /** The right to work; closing it more than once is harmless. */
  public final class Ticket implements AutoCloseable {

    private final AtomicBoolean open = new AtomicBoolean(true);

    private Ticket() {}

    @Override
    public void close() {
      if (open.compareAndSet(true, false)) {
        working.release();
        present.release();
      }
    }
  }
}
