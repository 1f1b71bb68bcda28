package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The loss of a token, made of its ratio and its advantage. */
public enum PolicyLossForm {
  /** max(-A r, -A clip(r)): PPO (Schulman et al. 2017), GRPO, DAPO. */
  @JsonProperty("clip")
  CLIP,
  /** The same with one ratio a sequence (Zheng et al. 2025). */
  @JsonProperty("gspo")
  GSPO,
  /** -stop_gradient(clip(r)) A l (MiniMax 2025). */
  @JsonProperty("cispo")
  CISPO,
  /** -A r: the policy gradient, weighted by the ratio and never clipped. */
  @JsonProperty("unclipped")
  UNCLIPPED
}
