package dev.millrace.monitor.recent;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.registry.SchemaRegistry;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What became of documents lately, and how long every part of the way took them. */
public final class DocumentBook {

  private static final int MOST = 2_000;

  /** One report of the stream; times in milliseconds since the epoch. */
  public record Report(
      String documentId,
      long revision,
      String outcome,
      String reason,
      int chunks,
      long sentAt,
      long processedAt,
      long indexedAt) {}

  private final AvroSerde<Indexed> serde;
  private final Ring<Report> reports = new Ring<>(MOST);

  public DocumentBook(SchemaRegistry registry, Topic<Indexed> topic) {
    this.serde = new AvroSerde<>(registry, topic);
  }

  /** Takes note of a record of {@code indexed}. */
  public void note(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return;
    }
    Indexed report = serde.read(record.value());
    reports.add(
        new Report(
            report.getDocumentId(),
            report.getRevision(),
            report.getOutcome().name(),
            report.getReason() == null ? "" : report.getReason(),
            report.getChunks(),
            report.getSentAt(),
            report.getProcessedAt(),
            report.getIndexedAt()));
  }

  /** Newest first. */
  public List<Report> reports() {
    return reports.newestFirst();
  }

  private List<Report> since(long time) {
    return reports.newestFirst().stream().filter(report -> report.indexedAt() >= time).toList();
  }

  /** Seconds from sent to chunked, of what was reported since a time. */
  public Spread preprocessing(long since) {
    return Spread.of(
        since(since).stream()
            .filter(report -> report.sentAt() > 0 && report.processedAt() > 0)
            .mapToDouble(report -> (report.processedAt() - report.sentAt()) / 1000.0));
  }

  /** Seconds from chunked to written. */
  public Spread embedding(long since) {
    return Spread.of(
        since(since).stream()
            .filter(report -> report.outcome().equals(IndexOutcome.INDEXED.name()))
            .mapToDouble(report -> (report.indexedAt() - report.processedAt()) / 1000.0));
  }

  /** Seconds from sent to searchable. */
  public Spread freshness(long since) {
    return Spread.of(
        since(since).stream()
            .filter(
                report ->
                    report.sentAt() > 0 && report.outcome().equals(IndexOutcome.INDEXED.name()))
            .mapToDouble(report -> (report.indexedAt() - report.sentAt()) / 1000.0));
  }

  /** Reports by outcome since a time. */
  public Map<String, Integer> outcomes(long since) {
    Map<String, Integer> counts = new TreeMap<>();
    since(since).forEach(report -> counts.merge(report.outcome(), 1, Integer::sum));
    return counts;
  }
}
