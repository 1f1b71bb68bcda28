package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What the ratio of a token compares its probability with. */
public enum RatioReference {
  /** b: the probability with which it was sampled. */
  @JsonProperty("behaviour")
  BEHAVIOUR,
  /** o: its probability at the start of the step, computed again. */
  @JsonProperty("proximal")
  PROXIMAL,
  /** Itself: the ratio is 1 whatever the age of the sample. */
  @JsonProperty("none")
  NONE
}
