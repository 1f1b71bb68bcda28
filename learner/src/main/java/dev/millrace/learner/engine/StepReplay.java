package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.StepKind;
import java.util.Optional;

/**
 * An entry that was made again.
 *
 * @param rebuiltFrom the entry whose state was at hand: a snapshot, or the start
 * @param expected hash of the weights, as the ledger has it
 * @param computed hash of the weights, as they came out
 * @param expectedOptimizer hash of the optimizer, where the ledger has it
 * @param computedOptimizer as it came out
 * @param firstDifference the first entry, this or one before it, that did not come out the same
 */
public record StepReplay(
    String run,
    long step,
    StepKind kind,
    long rebuiltFrom,
    String expected,
    String computed,
    Optional<String> expectedOptimizer,
    String computedOptimizer,
    Optional<Long> firstDifference) {

  /** Whether weights and, where it is known, the optimizer came out bit by bit. */
  public boolean same() {
    return expected.equals(computed)
        && expectedOptimizer.map(computedOptimizer::equals).orElse(true)
        && firstDifference.isEmpty();
  }
}
