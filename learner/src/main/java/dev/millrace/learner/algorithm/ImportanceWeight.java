package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** The weight exp(o - b) of a token that corrects for the policy which sampled it. */
public enum ImportanceWeight {
  /** 1. */
  @JsonProperty("none")
  NONE,
  /** min(exp(o - b), cap): truncated importance sampling. */
  @JsonProperty("truncated")
  TRUNCATED,
  /** exp(o - b): decoupled PPO (Hilton et al. 2022). */
  @JsonProperty("full")
  FULL
}
