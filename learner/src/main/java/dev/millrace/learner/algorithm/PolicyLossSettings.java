package dev.millrace.learner.algorithm;

/**
 * The loss of the policy.
 *
 * @param form of a token's loss
 * @param clipLow the ratio is clipped below 1 - clipLow
 * @param clipHigh the ratio is clipped above 1 + clipHigh
 * @param dualClip bound of the loss where the advantage is negative, in units of the advantage
 *     (forms clip and gspo); 0 = none
 * @param aggregation of tokens
 * @param longest answer allowed in tokens, for aggregation constant
 * @param maskTruncated whether answers that were cut off do not count
 */
public record PolicyLossSettings(
    PolicyLossForm form,
    double clipLow,
    double clipHigh,
    double dualClip,
    Aggregation aggregation,
    int longest,
    boolean maskTruncated)
    implements AlgorithmPart {

  public PolicyLossSettings {
    Require.that(form != null, "form", "given", null);
    Require.that(aggregation != null, "aggregation", "given", null);
    Require.that(clipLow >= 0 && clipLow <= 1, "clipLow", "in [0, 1]", clipLow);
    Require.notNegative("clipHigh", clipHigh);
    Require.that(
        dualClip == 0 || (dualClip > 1 && Double.isFinite(dualClip)),
        "dualClip",
        "0 or > 1",
        dualClip);
    Require.atLeast(1, "longest", longest);
  }

  /** The same for another longest answer. */
  public PolicyLossSettings withLongest(int longest) {
    return new PolicyLossSettings(
        form, clipLow, clipHigh, dualClip, aggregation, longest, maskTruncated);
  }
}
