package dev.millrace.runtime;

import dev.millrace.runtime.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** One span for each record of a batch; all last as long as the work on the batch. */
final class BatchSpans implements AutoCloseable {

  private final Map<ConsumerRecord<byte[], byte[]>, Span> spans = new IdentityHashMap<>();

  BatchSpans(Tracing tracing, String stage, List<ConsumerRecord<byte[], byte[]>> batch) {
    for (var record : batch) {
      spans.put(
          record,
          tracing
              .process(stage, record)
              .setAttribute("messaging.batch.message_count", batch.size())
              .startSpan());
    }
  }

  Span of(ConsumerRecord<byte[], byte[]> record) {
    return spans.get(record);
  }

  void heldUp(String why) {
    spans.values().forEach(span -> Tracing.heldUp(span, why));
  }

  void buried(ConsumerRecord<byte[], byte[]> record, String reason) {
    of(record).setStatus(StatusCode.ERROR, reason);
  }

  @Override
  public void close() {
    spans.values().forEach(Span::end);
  }
}
