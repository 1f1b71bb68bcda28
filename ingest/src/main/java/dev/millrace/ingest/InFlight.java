package dev.millrace.ingest;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What was sent and is not yet acknowledged, bounded in records and bytes. One lock, because both
 * bounds must be judged together; unfair, because the order of admission is the callers' own.
 *
 * <p>Kafka's own buffer would block too, but counts bytes only and cannot be waited on until empty.
 */
final class InFlight {

  private final int maxRecords;
  private final long maxBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int records;
  private long bytes;

  InFlight(int maxRecords, long maxBytes) {
    this.maxRecords = maxRecords;
    this.maxBytes = maxBytes;
  }

  /** Admits {@code size} bytes, or returns false when there was no room within the deadline. */
  boolean admit(long size, Duration deadline) throws InterruptedException {
    long left = deadline.toNanos();
    lock.lockInterruptibly();
    try {
      while (!hasRoom(size)) {
        if (left <= 0) {
          return false;
        }
        left = changed.awaitNanos(left);
      }
      records++;
      bytes += size;
      return true;
    } finally {
      lock.unlock();
    }
  }

  // A record larger than the bound would never fit: it goes when nothing else is in flight.
  private boolean hasRoom(long size) {
    return records == 0 || (records < maxRecords && bytes + size <= maxBytes);
  }

  void release(long size) {
    lock.lock();
    try {
      records--;
      bytes -= size;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing is in flight; returns how many records still were at the deadline. */
  int awaitEmpty(Duration deadline) throws InterruptedException {
    long left = deadline.toNanos();
    lock.lockInterruptibly();
    try {
      while (records > 0 && left > 0) {
        left = changed.awaitNanos(left);
      }
      return records;
    } finally {
      lock.unlock();
    }
  }

  int records() {
    lock.lock();
    try {
      return records;
    } finally {
      lock.unlock();
    }
  }
}
