package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.function.Function;

/** The loss of a token, made of its ratio and its advantage: all that there are, by name. */
public enum PolicyLossForm {
  /** max(-A r, -A clip(r)): PPO (Schulman et al. 2017), GRPO, DAPO. */
  @JsonProperty("clip")
  CLIP(s -> new ClippedLoss(s.clipLow(), s.clipHigh(), s.dualClip())),
  /** The same with one ratio a sequence (Zheng et al. 2025). */
  @JsonProperty("gspo")
  GSPO(s -> new SequenceRatioLoss(s.clipLow(), s.clipHigh(), s.dualClip())),
  /** -stop_gradient(clip(r)) A l (MiniMax 2025). */
  @JsonProperty("cispo")
  CISPO(s -> new ClippedWeightLoss(s.clipLow(), s.clipHigh())),
  /** -A r: the policy gradient, weighted by the ratio and never clipped. */
  @JsonProperty("unclipped")
  UNCLIPPED(s -> new UnclippedLoss());

  private final Function<PolicyLossSettings, PolicyLoss> loss;

  PolicyLossForm(Function<PolicyLossSettings, PolicyLoss> loss) {
    this.loss = loss;
  }

  PolicyLoss loss(PolicyLossSettings settings) {
    return loss.apply(settings);
  }
}
