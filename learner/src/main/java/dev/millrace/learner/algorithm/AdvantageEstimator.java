package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How rewards become advantages: all that there are, by name. */
public enum AdvantageEstimator {
  /** (R - mean) / (std + eps) within a group (Shao et al. 2024). */
  @JsonProperty("grpo")
  GRPO((rewards, settings) -> GroupAdvantages.normalised(rewards, settings.eps())),
  /** R - mean within a group (Liu et al. 2025). */
  @JsonProperty("dr-grpo")
  DR_GRPO((rewards, settings) -> GroupAdvantages.centred(rewards)),
  /** R against the mean of the others of its group (Ahmadian et al. 2024). */
  @JsonProperty("rloo")
  RLOO((rewards, settings) -> GroupAdvantages.leaveOneOut(rewards)),
  /** Discounted returns; whitened, that is REINFORCE++ (Hu 2025). */
  @JsonProperty("returns")
  RETURNS(null),
  /** Generalised advantage estimation with a critic (Schulman et al. 2016). */
  @JsonProperty("gae")
  GAE(null);

  /** Advantages of the answers to one prompt against each other. */
  @FunctionalInterface
  interface OfGroup {
    double[] of(double[] rewards, AdvantageSettings settings);
  }

  private final OfGroup group;

  AdvantageEstimator(OfGroup group) {
    this.group = group;
  }

  /** Whether an advantage is relative to the other samples of the same prompt. */
  public boolean relativeToGroup() {
    return group != null;
  }

  double[] ofGroup(double[] rewards, AdvantageSettings settings) {
    if (group == null) {
      throw new IllegalStateException(this + " knows no groups");
    }
    return group.of(rewards, settings);
  }
}
