package dev.millrace.learner.algorithm;

/**
 * The critic of estimator gae.
 *
 * @param shared whether it is a value head on the states of the policy (half the work; both losses
 *     pull at the same weights) or a decoder of its own, which begins as a copy of the policy
 * @param weight of its loss beside that of the policy, where it is shared
 * @param clip a value may move by at most this in one step before its loss stops falling
 * @param optimizer of a decoder of its own; a shared head follows the policy's
 */
public record CriticSettings(
    boolean shared, double weight, double clip, OptimizerSettings optimizer)
    implements AlgorithmPart {

  public CriticSettings {
    Require.positive("weight", weight);
    Require.positive("clip", clip);
    Require.that(optimizer != null, "optimizer", "given", null);
  }

  /** A decoder of its own with values clipped at .5. */
  public static CriticSettings own(OptimizerSettings optimizer) {
    return new CriticSettings(false, 0.5, 0.5, optimizer);
  }

  /** A head on the states of the policy, or a decoder of its own. */
  public CriticSettings withShared(boolean shared) {
    return new CriticSettings(shared, weight, clip, optimizer);
  }
}
