package dev.millrace.monitor.lag;

import java.util.List;

/**
 * How far a group lies behind in one topic.
 *
 * @param lag records, of all partitions
 * @param seconds of the partition that lies furthest behind
 * @param atLeast true when {@code seconds} is a lower bound
 * @param consumedPerSecond records, of all partitions
 * @param producedPerSecond records, of all partitions
 * @param stuck true when there is something to read and nothing has moved for longer than is
 *     patient
 * @param waitingSeconds since anything moved while there was something to read
 * @param partitions in their order
 */
public record TopicLag(
    String topic,
    long lag,
    double seconds,
    boolean atLeast,
    double consumedPerSecond,
    double producedPerSecond,
    boolean stuck,
    double waitingSeconds,
    List<PartitionLag> partitions) {

  /** Seconds until nothing is left at the present rates; infinite when it does not shrink. */
  public double drainSeconds() {
    return Drain.seconds(lag, consumedPerSecond, producedPerSecond);
  }

  /** Sums up partitions. */
  static TopicLag of(String topic, List<PartitionLag> partitions, double patienceSeconds) {
    long lag = 0;
    double seconds = 0;
    boolean atLeast = false;
    double consumed = 0;
    double produced = 0;
    double waiting = Double.MAX_VALUE;
    for (PartitionLag one : partitions) {
      lag += one.lag();
      consumed += one.consumedPerSecond();
      produced += one.producedPerSecond();
      if (one.seconds() > seconds) {
        seconds = one.seconds();
        atLeast = one.atLeast();
      }
      if (one.lag() > 0) {
        waiting = Math.min(waiting, one.waitingSeconds());
      }
    }
    waiting = lag == 0 ? 0 : waiting;
    return new TopicLag(
        topic,
        lag,
        seconds,
        atLeast,
        consumed,
        produced,
        lag > 0 && waiting >= patienceSeconds,
        waiting,
        partitions);
  }
}
