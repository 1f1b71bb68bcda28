package dev.millrace.runtime;

import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record with its decoded value.
 *
 * @param record as it lies in the log
 * @param value decoded, null for a deletion
 */
public record Delivery<V>(ConsumerRecord<byte[], byte[]> record, V value) {

  /** The key as text; empty when the record has none. */
  public String key() {
    return record.key() == null
        ? ""
        : new String(record.key(), java.nio.charset.StandardCharsets.UTF_8);
  }
}
