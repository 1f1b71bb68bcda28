package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;

/** Ratios of probabilities from log-probabilities, kept from overflowing. */
final class Ratios {

  /** A difference of log-probabilities is clamped to this on both sides before exp. */
  static final float LIMIT = 20;

  private Ratios() {}

  /** exp(a - b). */
  static NDArray of(NDArray a, NDArray b) {
    return a.sub(b).clip(-LIMIT, LIMIT).exp();
  }
}
