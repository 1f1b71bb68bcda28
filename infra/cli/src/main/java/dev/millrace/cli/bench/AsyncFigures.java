package dev.millrace.cli.bench;

import dev.millrace.cli.EngineUse;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a run took, from its first update on (before that processes start) to the second evaluation
 * in a row that found the target reached, or to its last.
 *
 * @param reached whether it did
 * @param accuracy that the last evaluation found
 * @param seconds in all
 * @param secondsTraining without evaluations, during which training stands still
 * @param updates after the first
 * @param trainingShare of the seconds without evaluations, in which the learner computed updates
 * @param learnerIdle share of them in which it waited for groups
 * @param rolloutIdle share of all seconds in which the rollout worker's engine had nothing to do;
 *     NaN where it was not seen
 * @param stepSeconds of a token step of that engine; NaN likewise
 * @param updateSeconds of computing an update
 * @param staleness mean of the trained samples, in versions
 * @param lengthMean tokens of an answer
 * @param lengthMost of the longest
 */
record AsyncFigures(
    boolean reached,
    double accuracy,
    double seconds,
    double secondsTraining,
    int updates,
    double trainingShare,
    double learnerIdle,
    double rolloutIdle,
    double stepSeconds,
    double updateSeconds,
    double staleness,
    double lengthMean,
    double lengthMost) {

  /** Evaluations that must find the target reached: one may do so by chance. */
  static final int IN_A_ROW = 2;

  /**
   * @param ledger of a run that has made an update
   * @param engines of its rollout worker
   */
  static AsyncFigures of(List<TrainingStep> ledger, EngineUse engines, double target) {
    int first = 0;
    while (ledger.get(first).getKind() != StepKind.UPDATE) {
      first++;
    }
    int last = first;
    double accuracy = Double.NaN;
    int reached = 0;
    for (int i = first + 1; i < ledger.size() && reached < IN_A_ROW; i++) {
      if (ledger.get(i).getKind() == StepKind.EVAL) {
        accuracy = ledger.get(i).getMetrics().getOrDefault("eval.greedy", Double.NaN);
        reached = accuracy >= target ? reached + 1 : 0;
        last = i;
      }
    }
    List<TrainingStep> within = ledger.subList(first + 1, last + 1);
    List<TrainingStep> updates =
        within.stream().filter(entry -> entry.getKind() == StepKind.UPDATE).toList();
    double evaluations =
        within.stream()
            .filter(entry -> entry.getKind() == StepKind.EVAL)
            .mapToDouble(entry -> metric(entry, "seconds.total"))
            .sum();
    long from = ledger.get(first).getFinishedAt();
    long to = ledger.get(last).getFinishedAt();
    double seconds = (to - from) / 1000.0;
    double total = sum(updates, "seconds.total");
    double training = sum(updates, "seconds.training");
    return new AsyncFigures(
        reached == IN_A_ROW,
        accuracy,
        seconds,
        seconds - evaluations,
        updates.size(),
        training / total,
        sum(updates, "seconds.waiting") / total,
        engines.idle(from, to),
        engines.stepSeconds(from, to),
        training / updates.size(),
        mean(updates, "staleness.mean").orElse(Double.NaN),
        mean(updates, "length.mean").orElse(Double.NaN),
        updates.stream().mapToDouble(entry -> metric(entry, "length.max")).max().orElse(0));
  }

  /** Seconds of an update, all that belongs to it, without evaluations. */
  double perUpdate() {
    return secondsTraining / updates;
  }

  private static double metric(TrainingStep entry, String name) {
    return entry.getMetrics().getOrDefault(name, 0.0);
  }

  private static double sum(List<TrainingStep> entries, String name) {
    return entries.stream().mapToDouble(entry -> metric(entry, name)).sum();
  }

  private static OptionalDouble mean(List<TrainingStep> entries, String name) {
    return entries.stream()
        .filter(entry -> entry.getMetrics().containsKey(name))
        .mapToDouble(entry -> metric(entry, name))
        .average();
  }
}
