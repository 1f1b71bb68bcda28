package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where the distance to the reference policy counts. */
public enum KlPlace {
  @JsonProperty("none")
  NONE,
  /** As a term of the loss, with a gradient. */
  @JsonProperty("loss")
  LOSS,
  /** Taken from the reward. */
  @JsonProperty("reward")
  REWARD
}
