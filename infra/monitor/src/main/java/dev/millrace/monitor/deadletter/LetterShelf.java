package dev.millrace.monitor.deadletter;

import dev.millrace.monitor.action.OperatorLog;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * The dead letters, newest first. Reads only as much of the topic's end as is asked for, within a
 * limit: letters can be as large as documents.
 */
public final class LetterShelf {

  private final LogScan scan;
  private final OperatorLog log;
  private final String topic;
  private final ScanLimit limit;

  /**
   * @param scan stays its owner's to close
   */
  public LetterShelf(LogScan scan, OperatorLog log, String topic, ScanLimit limit) {
    this.scan = scan;
    this.log = log;
    this.topic = topic;
    this.limit = limit;
  }

  /**
   * Some letters, newest first.
   *
   * @param next where the next page begins, by partition; empty when there is nothing older
   * @param complete false when the limit was met before the page was full
   */
  public record Page(List<Letter> letters, Map<Integer, Long> next, boolean complete) {}

  /**
   * The newest letters that the filter takes.
   *
   * @param before only letters below these offsets, by partition; empty: from the end
   * @param most letters of one page
   */
  public Page page(LetterFilter filter, Map<Integer, Long> before, int most) {
    List<Letter> found = new ArrayList<>();
    Map<LetterId, Redriven> redriven = redriven();
    Map<Integer, Long> next = new HashMap<>();
    boolean complete = true;
    for (TopicPartition partition : scan.partitions(topic)) {
      long from = before.getOrDefault(partition.partition(), Long.MAX_VALUE);
      if (!before.isEmpty() && from == Long.MAX_VALUE) {
        continue; // this partition was read to its beginning already
      }
      var here =
          scan.newest(
              partition,
              from,
              most,
              limit,
              record -> Optional.of(letter(record, redriven)).filter(filter::takes));
      found.addAll(here.results());
      if (!here.complete()) {
        next.put(partition.partition(), here.from());
        complete &= here.results().size() >= most;
      }
    }
    found.sort(Comparator.comparingLong(Letter::writtenAt).reversed());
    // What does not fit belongs to the next page.
    for (Letter left : found.subList(Math.min(most, found.size()), found.size())) {
      next.merge(left.id().partition(), left.id().offset() + 1, Math::max);
    }
    return new Page(found.stream().limit(most).toList(), Map.copyOf(next), complete);
  }

  private static Letter letter(
      ConsumerRecord<byte[], byte[]> record, Map<LetterId, Redriven> redriven) {
    var id = new LetterId(record.partition(), record.offset());
    return Letter.of(record, Optional.ofNullable(redriven.get(id)));
  }

  /** One letter with its bytes; empty when there is none there, or no longer. */
  public Optional<Letter.Opened> open(LetterId id) {
    return record(id).map(record -> Letter.open(record, Optional.ofNullable(redriven().get(id))));
  }

  Optional<ConsumerRecord<byte[], byte[]>> record(LetterId id) {
    var partition = new TopicPartition(topic, id.partition());
    if (!scan.partitions(topic).contains(partition)
        || id.offset() < scan.begin(partition)
        || id.offset() >= scan.end(partition)) {
      return Optional.empty();
    }
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    scan.read(
        partition,
        id.offset(),
        id.offset() + 1,
        limit,
        record -> {
          found.add(record);
          return false;
        });
    return found.stream().findFirst();
  }

  /** The letters that were sent again. */
  public Map<LetterId, Redriven> redriven() {
    Map<LetterId, Redriven> all = new HashMap<>();
    for (OperatorLog.Entry entry : log.since(0)) {
      Redriven.of(entry).ifPresent(one -> all.put(one.letter(), one));
    }
    return all;
  }
}
