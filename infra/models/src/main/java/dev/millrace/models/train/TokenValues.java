package dev.millrace.models.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * What a critic expects, under autograd: an array [scored tokens] from which a {@link LossFunction}
 * computes one number.
 *
 * @param manager for constants of the loss
 * @param values the value of the state before each scored token
 */
public record TokenValues(NDManager manager, NDArray values) {}
