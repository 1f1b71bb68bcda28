package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How rewards become advantages. */
public enum AdvantageEstimator {
  /** (R - mean) / (std + eps) within a group (Shao et al. 2024). */
  @JsonProperty("grpo")
  GRPO,
  /** R - mean within a group (Liu et al. 2025). */
  @JsonProperty("dr-grpo")
  DR_GRPO,
  /** R against the mean of the others of its group (Ahmadian et al. 2024). */
  @JsonProperty("rloo")
  RLOO,
  /** Discounted returns; whitened, that is REINFORCE++ (Hu 2025). */
  @JsonProperty("returns")
  RETURNS,
  /** Generalised advantage estimation with a critic (Schulman et al. 2016). */
  @JsonProperty("gae")
  GAE;

  /** Whether an advantage is relative to the other samples of the same prompt. */
  public boolean relativeToGroup() {
    return this == GRPO || this == DR_GRPO || this == RLOO;
  }
}
