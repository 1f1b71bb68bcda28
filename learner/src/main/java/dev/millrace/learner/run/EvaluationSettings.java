package dev.millrace.learner.run;

/**
 * Evaluation on held-out prompts. Training stands still meanwhile, so that the numbers are those of
 * one version.
 *
 * @param every updates from one to the next, beginning before the first and after the last; 0: none
 *     in training
 * @param prompts at most so many of the held-out prompts, always the same
 * @param glance so many of them, others each time, are asked first; only where they reach the
 *     accuracy that ends the warm start or the run are all asked. The last evaluation asks all. 0:
 *     every evaluation does
 * @param passAtK samples a prompt of a second measurement at temperature 1, 2 or more; 0: none
 * @param success an answer counts as right when its reward is at least this
 */
public record EvaluationSettings(int every, int prompts, int glance, int passAtK, double success) {

  public EvaluationSettings {
    Checks.range("every", every, 0, 1_000_000);
    Checks.range("prompts", prompts, 1, 1_000_000);
    Checks.range("glance", glance, 0, prompts);
    Checks.range("passAtK", passAtK, 0, 1024);
    if (passAtK == 1) {
      throw new IllegalArgumentException(
          "passAtK is 1: give 2 or more, or 0 for the greedy measurement alone");
    }
    if (!Double.isFinite(success)) {
      throw new IllegalArgumentException("success must be a number, not " + success);
    }
  }
}
