package dev.millrace.cli.bench;

import dev.millrace.cli.CommandFailure;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.monitor.ledger.LedgerTail;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;

/** Follows the ledger of a run, entry by entry. */
final class LearningFollower implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration POLL = Duration.ofMillis(100);

  private final LedgerTail tail;
  private final List<TrainingStep> entries = new ArrayList<>();

  LearningFollower(StageContext context, String run) {
    tail = LedgerTail.of(context, run);
  }

  /** All that have come. */
  List<TrainingStep> entries() {
    return Collections.unmodifiableList(entries);
  }

  /** Waits for an entry that has not come yet. */
  TrainingStep await(Predicate<TrainingStep> wanted) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      TrainingStep found = null;
      for (TrainingStep entry : poll()) {
        entries.add(entry);
        found = found == null && wanted.test(entry) ? entry : found;
      }
      if (found != null) {
        return found;
      }
    }
    throw new CommandFailure(
        "the run stands still at entry %d for %d s"
            .formatted(entries.size(), PATIENCE.toSeconds()));
  }

  private List<TrainingStep> poll() throws InterruptedException {
    try {
      return tail.poll(POLL);
    } catch (RetriableException e) {
      Thread.sleep(POLL.toMillis());
      return List.of();
    }
  }

  @Override
  public void close() {
    tail.close();
  }
}
