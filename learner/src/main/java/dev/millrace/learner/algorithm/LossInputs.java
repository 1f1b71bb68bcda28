package dev.millrace.learner.algorithm;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * What the loss of the policy is made of: arrays [tokens], the tokens of all sequences one after
 * the other.
 *
 * @param manager for constants
 * @param logProbs l, under autograd
 * @param old o or b: what the ratio compares with; a constant
 * @param advantages constants
 * @param offsets where the tokens of each sequence begin, and where all end
 */
public record LossInputs(
    NDManager manager, NDArray logProbs, NDArray old, NDArray advantages, int[] offsets) {}
