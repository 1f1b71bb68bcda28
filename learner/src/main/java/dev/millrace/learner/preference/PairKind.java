package dev.millrace.learner.preference;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What is made of pairs. */
public enum PairKind {
  /** A decoder with a value head that scores answers (Bradley and Terry). */
  @JsonProperty("reward-model")
  REWARD_MODEL,
  /** A policy that prefers the chosen answers (DPO). */
  @JsonProperty("dpo")
  DPO
}
