package dev.millrace.monitor.lag;

/**
 * How far a group lies behind in one partition.
 *
 * @param position the next record that the group reads
 * @param end offset behind the partition's last record
 * @param lag records not read yet; what cannot be read (transaction markers, rolled back records)
 *     does not count where it was looked at
 * @param seconds age of the oldest unread record; 0 when there is none
 * @param atLeast true when it is older than anything known of this partition: {@code seconds} is
 *     then a lower bound
 * @param consumedPerSecond records
 * @param producedPerSecond records
 * @param waitingSeconds since the group last moved while there was something to read
 */
public record PartitionLag(
    int partition,
    long position,
    long end,
    long lag,
    double seconds,
    boolean atLeast,
    double consumedPerSecond,
    double producedPerSecond,
    double waitingSeconds) {

  /** Seconds until nothing is left at the present rates; see {@link Drain}. */
  public double drainSeconds() {
    return Drain.seconds(lag, consumedPerSecond, producedPerSecond);
  }
}
