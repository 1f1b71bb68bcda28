package dev.millrace.monitor.ledger;

import dev.millrace.contracts.avro.StepKind;
import java.util.OptionalDouble;

/**
 * One entry of a run, as a curve shows it. What the entry does not say is empty.
 *
 * @param update number of the batch, from 1; of the warm start, its updates so far; 0 where neither
 * @param version of the policy after the entry
 * @param reward mean of all samples of the batch
 * @param accuracy of greedy answers to held-out prompts
 * @param staleness mean age of the batch's samples, in versions
 * @param samples of the batch
 * @param samplesPerSecond over the last entries that trained
 * @param seconds since the run began
 * @param detail what the entry says about itself
 */
public record CurvePoint(
    long step,
    StepKind kind,
    long update,
    long version,
    OptionalDouble reward,
    OptionalDouble accuracy,
    OptionalDouble staleness,
    long samples,
    OptionalDouble samplesPerSecond,
    double seconds,
    String detail) {}
