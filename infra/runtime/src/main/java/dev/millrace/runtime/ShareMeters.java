package dev.millrace.runtime;

import dev.millrace.runtime.ShareWork.Verdict;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What a share loop counts: records by verdict ({@code millrace_share_records}), records delivered
 * again, and how many are held now ({@code millrace_share_in_hand}).
 */
final class ShareMeters {

  private final MeterRegistry registry;
  private final String stage;
  private final Counter redelivered;
  private final AtomicInteger inHand = new AtomicInteger();

  ShareMeters(MeterRegistry registry, String stage) {
    this.registry = registry;
    this.stage = stage;
    this.redelivered = registry.counter("millrace_share_redelivered", "stage", stage);
    registry.gauge("millrace_share_in_hand", Tags.of("stage", stage), inHand, AtomicInteger::get);
  }

  void taken(ConsumerRecord<?, ?> record) {
    inHand.incrementAndGet();
    if (record.deliveryCount().map(Short::intValue).orElse(1) > 1) {
      redelivered.increment();
    }
  }

  /**
   * @param heard false when the broker did not take the verdict: the record comes again
   */
  void told(Verdict verdict, boolean heard) {
    inHand.decrementAndGet();
    count(heard ? verdict.name().toLowerCase(Locale.ROOT) : "unheard");
  }

  void lost() {
    inHand.decrementAndGet();
    count("lost");
  }

  private void count(String outcome) {
    registry.counter("millrace_share_records", "stage", stage, "outcome", outcome).increment();
  }
}
