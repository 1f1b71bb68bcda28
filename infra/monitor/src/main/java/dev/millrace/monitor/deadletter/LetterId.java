package dev.millrace.monitor.deadletter;

/** Where a dead letter lies in the topic of dead letters. Written {@code 0@17}, or {@code 17}. */
public record LetterId(int partition, long offset) implements Comparable<LetterId> {

  public LetterId {
    if (partition < 0 || offset < 0) {
      throw new IllegalArgumentException(
          "no dead letter has partition " + partition + " and offset " + offset);
    }
  }

  /**
   * Reads {@code 0@17}; without a partition it is 0.
   *
   * @throws IllegalArgumentException naming what is wrong
   */
  public static LetterId parse(String text) {
    String[] parts = text.strip().split("@", 2);
    try {
      return parts.length == 1
          ? new LetterId(0, Long.parseLong(parts[0]))
          : new LetterId(Integer.parseInt(parts[0]), Long.parseLong(parts[1]));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no dead letter: give PARTITION@OFFSET as the list shows it");
    }
  }

  @Override
  public int compareTo(LetterId other) {
    return partition == other.partition
        ? Long.compare(offset, other.offset)
        : Integer.compare(partition, other.partition);
  }

  @Override
  public String toString() {
    return partition + "@" + offset;
  }
}
