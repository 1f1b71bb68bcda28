package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the learning rate goes on after its warm-up. */
public enum ScheduleShape {
  @JsonProperty("constant")
  CONSTANT,
  @JsonProperty("linear")
  LINEAR,
  @JsonProperty("cosine")
  COSINE
}
