package dev.millrace.cli;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.monitor.ledger.LedgerTail;
import dev.millrace.policy.PolicyDirectories;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.Optional;

/** Whether a policy has a run that would be shut out by whoever else publishes it. */
final class UnendedRun {

  private static final Duration LOOK = Duration.ofSeconds(30);

  private UnendedRun() {}

  /** The run that published the newest version, if it has not ended. */
  static Optional<String> of(StageContext context, String policy) {
    return new PolicyVersions(context)
        .newest(policy)
        .map(PolicyVersion::getRun)
        .filter(run -> !run.equals(PolicyDirectories.IMPORT_RUN))
        .filter(run -> !hasEnded(context, run));
  }

  private static boolean hasEnded(StageContext context, String run) {
    boolean ended = false;
    try (var tail = LedgerTail.of(context, run)) {
      long end = System.nanoTime() + LOOK.toNanos();
      do {
        for (var entry : tail.poll(Duration.ofMillis(200))) {
          ended = entry.getKind() == StepKind.END;
        }
      } while (!tail.isAtEnd() && System.nanoTime() < end);
    }
    return ended;
  }
}
