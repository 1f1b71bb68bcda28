package dev.millrace.cli;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.monitor.ledger.CurvePoint;
import dev.millrace.monitor.ledger.LedgerCurve;
import java.util.Locale;

/**
 * What a run is to come to: an accuracy on held-out prompts where its settings name one, else all
 * its steps.
 *
 * @param accuracy 0: none is named
 */
record RunGoal(double accuracy, long steps) {

  static RunGoal of(RunSettings run) {
    return new RunGoal(run.stop().accuracy(), run.steps());
  }

  boolean isMetBy(LedgerCurve curve) {
    if (accuracy > 0) {
      return curve.accuracy().orElse(-1) >= accuracy;
    }
    return curve.points().stream()
            .filter(point -> point.kind() == StepKind.UPDATE || point.kind() == StepKind.REFUSED)
            .mapToLong(CurvePoint::update)
            .max()
            .orElse(0)
        >= steps;
  }

  @Override
  public String toString() {
    return accuracy > 0
        ? String.format(Locale.ROOT, "accuracy %.3f on held-out prompts", accuracy)
        : "%,d steps".formatted(steps);
  }
}
