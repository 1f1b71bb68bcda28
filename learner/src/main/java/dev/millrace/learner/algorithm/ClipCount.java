package dev.millrace.learner.algorithm;

/** Says which tokens a loss holds back. */
public final class ClipCount {

  private ClipCount() {}

  /**
   * Whether clipping has an effect: for clip and gspo the token has no gradient any more, for cispo
   * its weight was cut.
   */
  public static boolean clipped(PolicyLossSettings loss, double ratio, double advantage) {
    boolean above = ratio > 1 + loss.clipHigh();
    boolean below = ratio < 1 - loss.clipLow();
    return switch (loss.form()) {
      case CLIP, GSPO ->
          (advantage > 0 && above)
              || (advantage < 0 && below)
              || (advantage < 0 && loss.dualClip() > 0 && ratio > loss.dualClip());
      case CISPO -> above || below;
      case UNCLIPPED -> false;
    };
  }
}
