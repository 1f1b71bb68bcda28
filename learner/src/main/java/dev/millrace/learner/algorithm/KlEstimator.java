package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Estimators of the Kullback-Leibler divergence from samples (Schulman 2020). */
public enum KlEstimator {
  /** l - f. */
  @JsonProperty("k1")
  K1,
  /** (l - f)^2 / 2. */
  @JsonProperty("k2")
  K2,
  /** exp(f - l) - (f - l) - 1. */
  @JsonProperty("k3")
  K3
}
