package dev.millrace.serving.generate;

import dev.millrace.runtime.Settings;
import java.time.Duration;

/**
 * Bounds of a model that answers in this process.
 *
 * @param slots answers that are written at the same time
 * @param context tokens of the longest conversation, answer included; the model's own bound if that
 *     is smaller
 * @param waiting requests that may wait for a slot; more get 429
 * @param patience how long one may wait
 * @param maxTokens most tokens of an answer where the request names no number
 * @param choices most answers to one request
 */
public record GenerateSettings(
    int slots, int context, int waiting, Duration patience, int maxTokens, int choices) {

  private static final String PREFIX = "millrace.serving.generate.";

  /** Reads {@code millrace.serving.generate.*}. */
  public static GenerateSettings from(Settings settings) {
    return new GenerateSettings(
        settings.integer(PREFIX + "slots", 1, 4_096),
        settings.integer(PREFIX + "context", 16, 1 << 24),
        settings.integer(PREFIX + "waiting", 0, 100_000),
        settings.duration(PREFIX + "patience"),
        settings.integer(PREFIX + "max-tokens", 1, 1 << 24),
        settings.integer(PREFIX + "choices", 1, 128));
  }
}
