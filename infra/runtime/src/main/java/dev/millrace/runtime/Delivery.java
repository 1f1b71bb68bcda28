package dev.millrace.runtime;

import io.opentelemetry.api.trace.Span;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * A record with its decoded value.
 *
 * @param record as it lies in the log
 * @param value decoded, null for a deletion
 * @param span of the work on it; what is written because of the record carries its context
 */
public record Delivery<V>(ConsumerRecord<byte[], byte[]> record, V value, Span span) {

  /** Without a trace. */
  public Delivery(ConsumerRecord<byte[], byte[]> record, V value) {
    this(record, value, Span.getInvalid());
  }

  /** The key as text; empty when the record has none. */
  public String key() {
    return record.key() == null
        ? ""
        : new String(record.key(), java.nio.charset.StandardCharsets.UTF_8);
  }
}
