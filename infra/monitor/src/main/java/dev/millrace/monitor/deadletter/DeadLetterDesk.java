package dev.millrace.monitor.deadletter;

import dev.millrace.contracts.Topics;
import dev.millrace.monitor.action.OperatorLog;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import dev.millrace.runtime.StageContext;
import java.util.Set;
import java.util.function.Supplier;

/**
 * All that is done with dead letters, over one connection.
 *
 * @param shelf for looking at them
 * @param redriver for sending them again
 * @param passages for what became of that
 */
public record DeadLetterDesk(
    LogScan scan, LetterShelf shelf, Redriver redriver, Passages passages, OperatorLog log)
    implements AutoCloseable {

  /**
   * @param lag where all groups are now
   */
  public static DeadLetterDesk open(StageContext context, Supplier<LagSnapshot> lag) {
    Topics topics = context.topics();
    String letters = topics.deadLetters().name();
    var scan = new LogScan(context.kafka().reader("millrace-dead-letters"));
    var log = new OperatorLog(scan, context.registry(), topics.operatorActions());
    var shelf = new LetterShelf(scan, log, letters, ScanLimit.INTERACTIVE);
    var redriver =
        new Redriver(
            context.kafka(),
            topics.prefix(),
            letters,
            Set.of(
                topics.documents().name(), topics.chunks().name(), topics.policyVersions().name()),
            scan,
            shelf,
            log,
            context.tracing());
    return new DeadLetterDesk(
        scan, shelf, redriver, new Passages(scan, context.registry(), topics, lag), log);
  }

  @Override
  public void close() {
    scan.close();
  }
}
