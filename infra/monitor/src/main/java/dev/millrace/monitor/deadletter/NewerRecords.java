package dev.millrace.monitor.deadletter;

import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Whether a letter's key has a newer record in the topic it came from. In a topic that holds the
 * newest state of every key an old record sent again would undo the newer one.
 */
final class NewerRecords {

  private static final long NONE = Long.MIN_VALUE;
  private static final long UNKNOWN = -1;

  private final LogScan scan;
  private final Set<String> stateTopics;
  private final ScanLimit limit;

  NewerRecords(LogScan scan, Set<String> stateTopics, ScanLimit limit) {
    this.scan = scan;
    this.stateTopics = Set.copyOf(stateTopics);
    this.limit = limit;
  }

  /** The letters that would replace something newer, with where that is; -1: cannot be told. */
  Map<LetterId, Long> of(Collection<ConsumerRecord<byte[], byte[]>> letters) {
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> byOrigin =
        letters.stream()
            .filter(letter -> letter.key() != null && stateTopics.contains(origin(letter).origin()))
            .collect(
                Collectors.groupingBy(
                    letter ->
                        new TopicPartition(
                            origin(letter).origin(), origin(letter).originPartition())));
    Map<LetterId, Long> newer = new HashMap<>();
    byOrigin.forEach((partition, here) -> look(partition, here, newer));
    return newer;
  }

  private void look(
      TopicPartition partition,
      List<ConsumerRecord<byte[], byte[]>> letters,
      Map<LetterId, Long> newer) {
    Map<ByteBuffer, Long> last = new HashMap<>();
    letters.forEach(letter -> last.put(ByteBuffer.wrap(letter.key()), NONE));
    long from = letters.stream().mapToLong(l -> origin(l).originOffset() + 1).min().orElseThrow();
    long end = scan.end(partition);
    long reached =
        scan.read(
            partition,
            Math.max(from, scan.begin(partition)),
            end,
            limit,
            record -> {
              if (record.key() != null) {
                last.computeIfPresent(
                    ByteBuffer.wrap(record.key()), (key, before) -> record.offset());
              }
              return true;
            });
    for (var letter : letters) {
      long offset = last.get(ByteBuffer.wrap(letter.key()));
      var id = new LetterId(letter.partition(), letter.offset());
      if (offset > origin(letter).originOffset()) {
        newer.put(id, offset);
      } else if (reached < end) {
        newer.put(id, UNKNOWN);
      }
    }
  }

  private static Letter origin(ConsumerRecord<byte[], byte[]> letter) {
    return Letter.of(letter, java.util.Optional.empty());
  }
}
