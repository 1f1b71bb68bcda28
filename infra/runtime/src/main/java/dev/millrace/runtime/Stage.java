package dev.millrace.runtime;

import java.time.Duration;

/**
 * One part of the stream that can be started and stopped on its own, such as {@code preprocess}.
 *
 * <p>Life: {@link #start} once, {@link #drain} then {@link #close}, or {@link #close} at once. A
 * stage that lost a server it needs stays started and says so in {@link #health}.
 */
public interface Stage extends AutoCloseable {

  /** The name by which {@code --target} selects it. */
  String name();

  /** Starts the stage's threads and returns; servers that are away are waited for in background. */
  void start();

  /** How it is now. Cheap: asked for by every health probe. */
  StageHealth health();

  /**
   * Takes in nothing new, finishes what is in hand and commits it.
   *
   * @return false when the deadline passed first; {@link #close} then loses nothing, but what was
   *     in hand is done again after the next start
   */
  boolean drain(Duration deadline);

  /** Stops and frees everything. Idempotent. */
  @Override
  void close();
}
