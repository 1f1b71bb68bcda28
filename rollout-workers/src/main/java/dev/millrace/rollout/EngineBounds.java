package dev.millrace.rollout;

import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.generate.GenerationSettings;
import java.time.Duration;

/**
 * What an engine may take.
 *
 * @param slots sequences that are written at the same time
 * @param context tokens of prompt and answer together; 0: as many as the model has positions
 * @param prefillTokens prompt tokens that are computed in one call
 * @param kvBytes most bytes of keys and values
 * @param leastStep time that a token step takes at least
 */
record EngineBounds(int slots, int context, int prefillTokens, long kvBytes, Duration leastStep) {

  /**
   * The engine's settings for a model. Where so many slots of the context exceed the memory, there
   * are fewer slots.
   *
   * @param waiting requests that may wait in the engine
   * @throws RefusedVersionException when not even one slot fits
   */
  GenerationSettings of(DecoderConfig config, int bytesPerNumber, int waiting) {
    int length = context == 0 ? config.maxPositions() : Math.min(context, config.maxPositions());
    long slot = config.kvBytesPerToken(bytesPerNumber) * length;
    long fitting = Math.min(slots, kvBytes / slot);
    if (fitting < 1) {
      throw new RefusedVersionException(
          ("keys and values of one sequence of %d tokens take %d MiB, more than the %d MiB of"
                  + " millrace.rollout.kv-bytes: raise it, or lower millrace.rollout.context")
              .formatted(length, slot >> 20, kvBytes >> 20));
    }
    return new GenerationSettings((int) fitting, length, prefillTokens, waiting, kvBytes);
  }
}
