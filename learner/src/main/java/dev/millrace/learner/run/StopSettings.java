package dev.millrace.learner.run;

/**
 * When a run ends before its last step.
 *
 * @param accuracy held-out greedy accuracy; 0: never
 * @param evaluations in a row that must reach it
 */
public record StopSettings(double accuracy, int evaluations) {

  public StopSettings {
    Checks.share("accuracy", accuracy);
    Checks.range("evaluations", evaluations, 1, 1000);
  }
}
