package dev.millrace.models.generate;

import dev.millrace.models.decoder.DecoderConfig;

/**
 * Bounds of an engine.
 *
 * @param slots sequences that are written at the same time
 * @param context tokens of the longest sequence, prompt and answer together
 * @param prefillTokens prompt tokens, padding included, that are computed in one call
 * @param maxWaiting requests that may wait; more are refused
 * @param maxKvBytes what keys and values may take in memory
 */
public record GenerationSettings(
    int slots, int context, int prefillTokens, int maxWaiting, long maxKvBytes) {

  public GenerationSettings {
    atLeastOne("slots", slots);
    atLeastOne("context", context);
    atLeastOne("prefillTokens", prefillTokens);
    atLeastOne("maxWaiting", maxWaiting);
  }

  private static void atLeastOne(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
  }

  /** So many slots of a context, 4,096 prompt tokens a call, at most 4 GiB of keys and values. */
  public static GenerationSettings of(int slots, int context) {
    return new GenerationSettings(slots, context, 4096, 4096, 4L << 30);
  }

  /** Bytes that keys and values of all slots take. */
  public long kvBytes(DecoderConfig config, int bytesPerNumber) {
    return config.kvBytesPerToken(bytesPerNumber) * slots * context;
  }
}
