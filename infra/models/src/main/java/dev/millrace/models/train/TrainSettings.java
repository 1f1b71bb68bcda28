package dev.millrace.models.train;

import dev.millrace.models.script.Precision;

/**
 * How gradients are computed.
 *
 * @param precision of activations; weights and gradients are float32 in any case
 * @param headRows rows of the head that are computed together: [headRows, vocabulary] is the
 *     largest array of logits that ever stands
 * @param checkpointing keep only the input of every layer and compute it again on the way back:
 *     less memory, a third more work
 * @param temperature logits are divided by it, as they were when the tokens were sampled
 */
public record TrainSettings(
    Precision precision, int headRows, boolean checkpointing, double temperature) {

  public TrainSettings {
    if (headRows < 1) {
      throw new IllegalArgumentException("headRows must be at least 1, not " + headRows);
    }
    if (!(temperature > 0)) {
      throw new IllegalArgumentException("temperature must be > 0, not " + temperature);
    }
  }

  /** Float32, at temperature 1, with at most 64 MB of logits at a time. */
  public static TrainSettings of(int vocab) {
    return new TrainSettings(
        Precision.FLOAT32, Math.clamp((64 << 20) / 4 / vocab, 16, 4096), false, 1);
  }

  /** The same in another precision. */
  public TrainSettings withPrecision(Precision precision) {
    return new TrainSettings(precision, headRows, checkpointing, temperature);
  }

  /** The same with or without activation checkpointing. */
  public TrainSettings withCheckpointing(boolean checkpointing) {
    return new TrainSettings(precision, headRows, checkpointing, temperature);
  }

  /** The same with another bound of the head. */
  public TrainSettings withHeadRows(int headRows) {
    return new TrainSettings(precision, headRows, checkpointing, temperature);
  }

  /** The same at another temperature. */
  public TrainSettings withTemperature(double temperature) {
    return new TrainSettings(precision, headRows, checkpointing, temperature);
  }
}
