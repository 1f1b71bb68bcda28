package dev.millrace.learner.algorithm;

/**
 * The critic of estimator gae: a decoder of its own with a value head, which begins as a copy of
 * the policy.
 *
 * @param clip a value may move by at most this in one step before its loss stops falling
 */
public record CriticSettings(double clip, OptimizerSettings optimizer) implements AlgorithmPart {

  public CriticSettings {
    Require.positive("clip", clip);
    Require.that(optimizer != null, "optimizer", "given", null);
  }
}
