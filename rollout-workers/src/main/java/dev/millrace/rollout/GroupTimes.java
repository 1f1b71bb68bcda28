package dev.millrace.rollout;

import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationListener;

/**
 * When a group was begun, when each of its sequences had its first token, and when it ended, in
 * milliseconds. Written on the engine's thread; to be read when the group is complete.
 */
final class GroupTimes implements GenerationListener {

  private final long taken;
  private final long[] first;
  private final long[] last;
  private long started;

  /**
   * @param taken when the worker took the task in hand
   */
  GroupTimes(long taken, int copies) {
    this.taken = taken;
    this.first = new long[copies];
    this.last = new long[copies];
  }

  @Override
  public void started(String requestId) {
    started = System.currentTimeMillis();
  }

  @Override
  public void token(String requestId, int index, int token) {
    if (first[index] == 0) {
      first[index] = System.currentTimeMillis();
    }
  }

  @Override
  public void finished(GeneratedSequence sequence) {
    last[sequence.index()] = System.currentTimeMillis();
  }

  @Override
  public void failed(String requestId, RuntimeException error) {
    // The future tells.
  }

  long taken() {
    return taken;
  }

  /** When the prompt left the queue. */
  long started() {
    return started;
  }

  long first(int index) {
    return first[index];
  }

  long last(int index) {
    return last[index];
  }
}
