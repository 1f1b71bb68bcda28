package dev.millrace.monitor.audit;

import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Headers;

/** Counts the dead letters that the topic still keeps. One use. */
public final class DeadLetterAudit {

  private final StageContext context;
  private final AuditLimits limits;
  private final CompactTable seen = new CompactTable(0);
  private final Map<String, Map<String, Long>> counts = new TreeMap<>();

  public DeadLetterAudit(StageContext context, AuditLimits limits) {
    this.context = context;
    this.limits = limits;
  }

  /**
   * Reads the topic and counts.
   *
   * @throws AuditDeadlineException when it takes longer than the limits allow
   * @throws dev.millrace.runtime.RetriableException when Kafka does not answer
   */
  public DeadLetterReport run(AuditProgress progress) {
    try (var scan =
        new TopicScan(context.kafka(), "millrace-audit-letters", limits.deadline(), progress)) {
      scan.topic(context.topics().deadLetters().name()).toEnd(this::letter);
    }
    List<DeadLetterReport.Count> all = new ArrayList<>();
    counts.forEach(
        (stage, reasons) ->
            reasons.forEach(
                (reason, records) -> all.add(new DeadLetterReport.Count(stage, reason, records))));
    return new DeadLetterReport(all);
  }

  private void letter(ConsumerRecord<byte[], byte[]> record) {
    Headers headers = record.headers();
    String stage = DeadLetter.header(headers, DeadLetter.STAGE);
    String origin =
        String.join(
            "\n",
            stage,
            DeadLetter.header(headers, DeadLetter.ORIGIN),
            DeadLetter.header(headers, DeadLetter.PARTITION),
            DeadLetter.header(headers, DeadLetter.OFFSET));
    int before = seen.size();
    seen.row(seen.key(origin.getBytes(StandardCharsets.UTF_8)));
    if (seen.size() > before) {
      counts
          .computeIfAbsent(stage, s -> new TreeMap<>())
          .merge(DeadLetter.header(headers, DeadLetter.REASON), 1L, Long::sum);
    }
  }
}
