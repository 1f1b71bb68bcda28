package dev.millrace.learner.curriculum;

/** Where a prompt lies in the log. */
public record Place(int partition, long offset) {

  private static final int OFFSET_BITS = 44;

  /** Both numbers in one: a million of these take eight megabytes. */
  long packed() {
    return (long) partition << OFFSET_BITS | offset;
  }

  static Place unpack(long packed) {
    return new Place((int) (packed >>> OFFSET_BITS), packed & (1L << OFFSET_BITS) - 1);
  }
}
