package dev.millrace.learner.algorithm;

/**
 * What is done about samples of an older policy.
 *
 * @param ratio what the ratio of the loss compares with
 * @param weight of a token for the way from the policy that sampled it to the ratio's reference
 * @param cap of the weight when it is truncated
 * @param maskAbove a sequence of negative advantage is left out when its mean of b - l exceeds this
 *     (off-policy sequence masking, DeepSeek-V3.2 2025); 0 = never
 */
public record OffPolicySettings(
    RatioReference ratio, ImportanceWeight weight, double cap, double maskAbove)
    implements AlgorithmPart {

  public OffPolicySettings {
    Require.that(ratio != null, "ratio", "given", null);
    Require.that(weight != null, "weight", "given", null);
    Require.positive("cap", cap);
    Require.notNegative("maskAbove", maskAbove);
    if (ratio == RatioReference.BEHAVIOUR && weight != ImportanceWeight.NONE) {
      throw new IllegalArgumentException(
          "weight must be none where ratio is behaviour, which holds the correction already; set"
              + " ratio to proximal");
    }
  }

  /** The ratio against the sampling policy, and no other correction. */
  public static OffPolicySettings behaviour() {
    return new OffPolicySettings(RatioReference.BEHAVIOUR, ImportanceWeight.NONE, 2, 0);
  }
}
