package dev.millrace.models.train;

/**
 * What a policy says of the scored tokens of a batch, one entry a token (see {@link TokenBatch}).
 *
 * @param logProbs log-probability of the token
 * @param entropy entropy of the distribution that it came from, in nats
 */
public record Scores(float[] logProbs, float[] entropy) {}
