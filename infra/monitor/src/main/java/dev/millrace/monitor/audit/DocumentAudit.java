package dev.millrace.monitor.audit;

import dev.millrace.contracts.Topics;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.StageContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Accounts for every document, from {@code documents}, {@code chunks}, {@code indexed} and {@code
 * dead-letters}: its newest revision was indexed, rejected, deleted, or is on its way. One use.
 */
public final class DocumentAudit {

  private final StageContext context;
  private final AuditLimits limits;
  private final DocumentTable documents = new DocumentTable();
  private final Reasons reasons = new Reasons();
  private final Projection chunks;
  private final Projection indexed;
  private final Horizon horizon = new Horizon();
  private long keptSince = Long.MIN_VALUE;

  public DocumentAudit(StageContext context, AuditLimits limits) {
    this.context = context;
    this.limits = limits;
    Topics topics = context.topics();
    this.chunks =
        new Projection(
            context.registry(), topics.chunks(), "revision", "outcome", "reason", "processedAt");
    this.indexed =
        new Projection(context.registry(), topics.indexed(), "revision", "outcome", "reason");
  }

  /**
   * Reads the topics and accounts.
   *
   * @throws AuditDeadlineException when it takes longer than the limits allow
   * @throws dev.millrace.runtime.RetriableException when Kafka does not answer
   */
  public DocumentReport run(AuditProgress progress) {
    Topics topics = context.topics();
    try (var scan =
        new TopicScan(context.kafka(), "millrace-audit-documents", limits.deadline(), progress)) {
      // Against the stream: what has a result by now has its cause in the topics read later.
      var reported = scan.topic(topics.indexed().name());
      reported.toEnd(this::indexed);
      keptSince = horizon.since(reported, topics.indexed().name(), context.kafka());
      var letters = scan.topic(topics.deadLetters().name());
      letters.toEnd(this::letter);
      var chunked = scan.topic(topics.chunks().name());
      chunked.toEnd(this::chunks);
      var received = scan.topic(topics.documents().name());
      received.toEnd(this::document);
      Map<Integer, Long> end = new HashMap<>();
      for (int partition = 0; partition < received.partitions(); partition++) {
        end.put(partition, received.position(partition));
      }
      // A worker that was killed may have told of later documents first, and tells again.
      var grace = new Grace(limits.grace());
      while (!judge(end, new Problems(1)).report().addsUp() && grace.waits()) {
        reported.toEnd(this::indexed);
        letters.toEnd(this::letter);
        chunked.toEnd(this::chunks);
      }
      var problems = new Problems(limits.listed());
      DocumentJudge judge = judge(end, problems);
      for (var topic : List.of(topics.documents(), topics.chunks(), topics.indexed())) {
        if (problems.wantsNames()) {
          scan.topic(topic.name()).toEnd(record -> name(record, problems));
        }
      }
      return judge.report();
    }
  }

  private DocumentJudge judge(Map<Integer, Long> end, Problems problems) {
    return new DocumentJudge(documents, reasons, problems, end).judge();
  }

  private void name(ConsumerRecord<byte[], byte[]> record, Problems problems) {
    if (record.key() != null && problems.wantsNames()) {
      problems.name(documents.key(record.key()), new String(record.key(), StandardCharsets.UTF_8));
    }
  }

  private void indexed(ConsumerRecord<byte[], byte[]> record) {
    horizon.see(record);
    if (record.key() == null || record.value() == null) {
      return;
    }
    GenericRecord report;
    try {
      report = indexed.read(record.value());
    } catch (UnreadableException e) {
      return; // its document will have no report, and is named
    }
    int row = documents.row(documents.key(record.key()));
    long revision = (long) report.get("revision");
    if (revision >= documents.indexedRevision(row)) {
      documents.indexed(
          row,
          revision,
          IndexOutcome.valueOf(report.get("outcome").toString()),
          reasons.number((CharSequence) report.get("reason")));
    }
  }

  private void letter(ConsumerRecord<byte[], byte[]> record) {
    String origin = DeadLetter.header(record.headers(), DeadLetter.ORIGIN);
    if (record.key() == null || !origin.equals(context.topics().chunks().name())) {
      return;
    }
    try {
      documents.letter(
          documents.row(documents.key(record.key())),
          Integer.parseInt(DeadLetter.header(record.headers(), DeadLetter.PARTITION)),
          Long.parseLong(DeadLetter.header(record.headers(), DeadLetter.OFFSET)),
          reasons.number(DeadLetter.header(record.headers(), DeadLetter.REASON)));
    } catch (NumberFormatException e) {
      // not a letter of ours: it accounts for nothing
    }
  }

  private void chunks(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return;
    }
    int row = documents.row(documents.key(record.key()));
    try {
      if (record.value() == null) {
        throw new UnreadableException("no value", null);
      }
      GenericRecord chunked = chunks.read(record.value());
      long revision = (long) chunked.get("revision");
      if (revision >= documents.chunksRevision(row)) {
        documents.chunks(
            row,
            revision,
            ChunkOutcome.valueOf(chunked.get("outcome").toString()),
            reasons.number((CharSequence) chunked.get("reason")),
            (long) chunked.get("processedAt") < keptSince);
        documents.chunksPlace(row, record.partition(), record.offset());
      }
    } catch (UnreadableException e) {
      documents.chunks(row, documents.chunksRevision(row), null, 0, false);
      documents.chunksPlace(row, record.partition(), record.offset());
    }
  }

  private void document(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      return; // no compacted topic takes it, and it belongs to no document
    }
    documents.document(
        documents.row(documents.key(record.key())),
        record.partition(),
        record.offset(),
        record.value() == null,
        !isText(record.key()));
  }

  private static boolean isText(byte[] key) {
    try {
      return key.length > 0
          && !StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).isEmpty();
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
