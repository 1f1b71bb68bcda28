package dev.millrace.monitor.deadletter;

import dev.millrace.runtime.DeadLetter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * A dead letter without its bytes.
 *
 * @param writtenAt milliseconds since the epoch
 * @param origin topic it was read from; empty where the letter does not say
 * @param originPartition -1 where the letter does not say
 * @param originOffset -1 where the letter does not say
 * @param key as text; bytes that are no UTF-8 show as replacement characters
 * @param valueBytes size of the value; -1 where the record has none
 * @param redriven what became of it when it was sent again
 */
public record Letter(
    LetterId id,
    long writtenAt,
    String origin,
    int originPartition,
    long originOffset,
    String key,
    String stage,
    String reason,
    String error,
    int valueBytes,
    Optional<Redriven> redriven) {

  /** One header, its value as text. */
  public record NamedValue(String name, String value) {}

  /** A letter with its bytes and all of its headers. */
  public record Opened(Letter letter, byte[] key, byte[] value, List<NamedValue> headers) {}

  static Letter of(ConsumerRecord<byte[], byte[]> record, Optional<Redriven> redriven) {
    return new Letter(
        new LetterId(record.partition(), record.offset()),
        record.timestamp(),
        header(record, DeadLetter.ORIGIN),
        (int) number(header(record, DeadLetter.PARTITION), Integer.MAX_VALUE),
        number(header(record, DeadLetter.OFFSET), Long.MAX_VALUE),
        text(record.key()),
        header(record, DeadLetter.STAGE),
        header(record, DeadLetter.REASON),
        header(record, DeadLetter.ERROR),
        record.value() == null ? -1 : record.value().length,
        redriven);
  }

  static Opened open(ConsumerRecord<byte[], byte[]> record, Optional<Redriven> redriven) {
    List<NamedValue> headers = new ArrayList<>();
    for (Header header : record.headers()) {
      headers.add(new NamedValue(header.key(), text(header.value())));
    }
    return new Opened(of(record, redriven), record.key(), record.value(), List.copyOf(headers));
  }

  private static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    return DeadLetter.header(record.headers(), name);
  }

  private static String text(byte[] bytes) {
    return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
  }

  /** Letters of other programs may hold anything. */
  private static long number(String text, long most) {
    try {
      long value = Long.parseLong(text);
      return value >= 0 && value <= most ? value : -1;
    } catch (NumberFormatException e) {
      return -1;
    }
  }
}
