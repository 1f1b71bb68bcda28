package dev.millrace.learner.algorithm;

/**
 * The distance to the reference policy, which is the policy before the first update.
 *
 * @param beta its weight
 */
public record KlSettings(KlPlace place, KlEstimator estimator, double beta)
    implements AlgorithmPart {

  public KlSettings {
    Require.that(place != null, "place", "given", null);
    Require.that(estimator != null, "estimator", "given", null);
    Require.notNegative("beta", beta);
  }

  /** No reference at all. */
  public static KlSettings none() {
    return new KlSettings(KlPlace.NONE, KlEstimator.K3, 0.001);
  }
}
