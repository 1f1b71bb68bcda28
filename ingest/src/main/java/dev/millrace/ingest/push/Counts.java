package dev.millrace.ingest.push;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** The running figures of one pass, counted by the reader and by Kafka's thread. */
final class Counts {

  final AtomicLong sent = new AtomicLong();
  final AtomicLong unchanged = new AtomicLong();
  final AtomicLong deleted = new AtomicLong();
  final AtomicLong unsettled = new AtomicLong();
  final AtomicLong faults = new AtomicLong();
  final AtomicLong bytes = new AtomicLong();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();

  /** Something after which there is no point in going on; the first one counts. */
  void fail(RuntimeException cause) {
    failure.compareAndSet(null, cause);
  }

  /** Throws what another thread has met. */
  void rethrow() {
    RuntimeException cause = failure.get();
    if (cause != null) {
      throw cause;
    }
  }

  Tally tally() {
    return new Tally(
        sent.get(), unchanged.get(), deleted.get(), unsettled.get(), faults.get(), bytes.get());
  }
}
