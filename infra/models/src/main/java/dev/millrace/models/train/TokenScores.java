package dev.millrace.models.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * The scores that a loss is made of, under autograd: arrays [scored tokens] from which a {@link
 * LossFunction} computes one number with ordinary NDArray operations.
 *
 * @param manager for constants of the loss; everything in it is freed when the loss has been used
 * @param logProbs log-probability of each scored token
 * @param entropy entropy of each distribution, in nats
 */
public record TokenScores(NDManager manager, NDArray logProbs, NDArray entropy) {}
