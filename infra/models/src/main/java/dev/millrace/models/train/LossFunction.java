package dev.millrace.models.train;

import ai.djl.ndarray.NDArray;

/** A loss over scores: any differentiable function of them. */
@FunctionalInterface
public interface LossFunction<S> {

  /**
   * @return one number; terms are summed over micro-batches, so divide by a denominator of the
   *     whole step
   */
  NDArray of(S scores);
}
