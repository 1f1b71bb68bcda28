package dev.millrace.learner.algorithm;

/**
 * How rewards become advantages.
 *
 * @param eps added to the standard deviation of a group (GRPO)
 * @param gamma discount of a token (returns, GAE)
 * @param lambda decay of GAE
 * @param whiten whether advantages are brought to mean 0 and variance 1 over all tokens of an
 *     update
 * @param scale every advantage is multiplied by it; -1 unlearns, which a test of a loop must be
 *     able to see
 */
public record AdvantageSettings(
    AdvantageEstimator estimator,
    double eps,
    double gamma,
    double lambda,
    boolean whiten,
    double scale)
    implements AlgorithmPart {

  public AdvantageSettings {
    Require.that(estimator != null, "estimator", "given", null);
    Require.notNegative("eps", eps);
    Require.that(gamma > 0 && gamma <= 1, "gamma", "in (0, 1]", gamma);
    Require.that(lambda >= 0 && lambda <= 1, "lambda", "in [0, 1]", lambda);
    Require.that(Double.isFinite(scale) && scale != 0, "scale", "finite and not 0", scale);
  }

  /** The usual numbers: eps 1e-6, gamma 1, lambda .95; what has no group is whitened. */
  public static AdvantageSettings of(AdvantageEstimator estimator) {
    return new AdvantageSettings(estimator, 1e-6, 1, 0.95, !estimator.relativeToGroup(), 1);
  }

  /** The same times another number. */
  public AdvantageSettings withScale(double scale) {
    return new AdvantageSettings(estimator, eps, gamma, lambda, whiten, scale);
  }

  /**
   * The advantages of the answers to one prompt, of an estimator that is relative to the group.
   *
   * @param rewards of one group
   */
  public double[] ofGroup(double[] rewards) {
    return estimator.ofGroup(rewards, this);
  }
}
