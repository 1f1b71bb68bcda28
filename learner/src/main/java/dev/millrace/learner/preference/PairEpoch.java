package dev.millrace.learner.preference;

/**
 * A pass over the pairs.
 *
 * @param epoch from 1
 * @param loss mean of its pairs, each before its step
 * @param heldOutAccuracy share of the held-out pairs that are ranked as they should be after it;
 *     null where none are held out
 */
public record PairEpoch(int epoch, double loss, Double heldOutAccuracy) {}
