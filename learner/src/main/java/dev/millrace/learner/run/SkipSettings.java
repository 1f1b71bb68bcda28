package dev.millrace.learner.run;

/**
 * Which prompts rest because there is nothing to learn from them now, by the answers that the run
 * itself got to them. A prompt is solved when so many of its groups in a row had at least a share
 * of right answers, and hopeless when they had at most a share; it is right what reaches {@code
 * evaluation.success}.
 *
 * @param solved whether solved prompts rest
 * @param hopeless whether hopeless prompts rest
 * @param solvedFrom share of right answers from which on a group counts as solved
 * @param hopelessTo share of right answers up to which a group counts as hopeless
 * @param groups in a row that must agree
 * @param revisit updates after which a resting prompt comes again
 */
public record SkipSettings(
    boolean solved,
    boolean hopeless,
    double solvedFrom,
    double hopelessTo,
    int groups,
    int revisit) {

  public SkipSettings {
    Checks.share("solvedFrom", solvedFrom);
    Checks.share("hopelessTo", hopelessTo);
    if (hopelessTo >= solvedFrom) {
      throw new IllegalArgumentException(
          "hopelessTo is %s and solvedFrom is %s: a group would be both; the first must be less"
              .formatted(hopelessTo, solvedFrom));
    }
    Checks.range("groups", groups, 1, 100);
    Checks.range("revisit", revisit, 1, 100_000_000);
  }

  /** Whether any prompt may rest. */
  public boolean any() {
    return solved || hopeless;
  }
}
