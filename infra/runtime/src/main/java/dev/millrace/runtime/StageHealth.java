package dev.millrace.runtime;

/** How a stage is. */
public sealed interface StageHealth {

  /** Started, but not at work yet; the reason says what it waits for. */
  record Starting(String reason) implements StageHealth {}

  /** At work. */
  record Ready() implements StageHealth {}

  /** Well, and with nothing to do; the reason says why. */
  record Idle(String reason) implements StageHealth {}

  /** Well, and told by an operator to take in nothing new; the order says by whom. */
  record Paused(String order) implements StageHealth {}

  /** Alive, but held up by something outside; it goes on by itself when that is back. */
  record Degraded(String reason) implements StageHealth {}

  /** Ended by a fault that it cannot mend itself. */
  record Failed(String reason) implements StageHealth {}

  /** Closed. */
  record Stopped() implements StageHealth {}

  /** True when the stage does its work, or would if there were any. */
  default boolean isReady() {
    return this instanceof Ready || this instanceof Idle || this instanceof Paused;
  }

  /** One line for people. */
  default String describe() {
    return switch (this) {
      case Starting s -> "starting: " + s.reason();
      case Ready r -> "ready";
      case Idle i -> "idle: " + i.reason();
      case Paused p -> p.order();
      case Degraded d -> "degraded: " + d.reason();
      case Failed f -> "failed: " + f.reason();
      case Stopped s -> "stopped";
    };
  }
}
