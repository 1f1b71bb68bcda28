package dev.millrace.runtime;

import java.nio.charset.StandardCharsets;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record of a share group in this worker's hands.
 *
 * @param record as it lies in the log
 * @param value decoded, never null
 * @param deliveryCount 1 the first time; more when a worker before gave it back or died with it
 * @param held false as soon as the broker has given the record to another worker: what is still
 *     done for it is done twice
 */
public record ShareDelivery<V>(
    ConsumerRecord<byte[], byte[]> record, V value, int deliveryCount, BooleanSupplier held) {

  /** The key as text; empty when the record has none. */
  public String key() {
    return record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
  }
}
