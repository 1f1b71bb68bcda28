package dev.millrace.monitor.audit;

import dev.millrace.contracts.Topics;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.monitor.fixture.LogFixture;
import dev.millrace.runtime.DeadLetter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Writes what the stages write about documents, one record at a time. All are in partition 0. */
final class DocumentStory {

  private static final int PARTITION = 0;

  private final LogFixture log;
  private final Topics topics;

  DocumentStory(LogFixture log) {
    this.log = log;
    this.topics = log.context().topics();
  }

  /** A producer sends it. Returns its revision. */
  long received(String id) {
    var document =
        Document.newBuilder()
            .setId(id)
            .setContent(ByteBuffer.wrap(new byte[] {'x'}))
            .setSentAt(1)
            .build();
    return log.write(topics.documents(), PARTITION, id, document).offset();
  }

  /** A producer deletes it. Returns the revision of the deletion. */
  long deleted(String id) {
    return log.write(topics.documents(), PARTITION, id, null).offset();
  }

  RecordMetadata chunked(String id, long revision, ChunkOutcome outcome) {
    return chunked(id, revision, outcome, null);
  }

  RecordMetadata chunked(String id, long revision, ChunkOutcome outcome, String reason) {
    var chunked =
        ChunkedDocument.newBuilder()
            .setDocumentId(id)
            .setRevision(revision)
            .setOutcome(outcome)
            .setReason(reason)
            .setSentAt(1)
            .setProcessedAt(2)
            .build();
    return log.write(topics.chunks(), PARTITION, id, chunked);
  }

  RecordMetadata told(String id, long revision, IndexOutcome outcome) {
    return told(id, revision, outcome, null);
  }

  RecordMetadata told(String id, long revision, IndexOutcome outcome, String reason) {
    var report =
        Indexed.newBuilder()
            .setDocumentId(id)
            .setRevision(revision)
            .setOutcome(outcome)
            .setReason(reason)
            .setSentAt(1)
            .setProcessedAt(2)
            .setIndexedAt(3)
            .build();
    return log.write(topics.indexed(), PARTITION, id, report);
  }

  /** Received, chunked and indexed. */
  DocumentStory whole(String id) {
    long revision = received(id);
    chunked(id, revision, ChunkOutcome.CHUNKED);
    told(id, revision, IndexOutcome.INDEXED);
    return this;
  }

  void buried(String stage, RecordMetadata origin, String id, String reason) {
    byte[] key = id.getBytes(StandardCharsets.UTF_8);
    var letter =
        new DeadLetter(
            origin.topic(),
            origin.partition(),
            origin.offset(),
            key,
            new byte[] {1},
            stage,
            reason,
            "error");
    log.write(
        topics.deadLetters().name(),
        null,
        key,
        letter.value(),
        letter.headers(new RecordHeaders()));
  }

  /** A record in {@code documents} whose key is not UTF-8. */
  RecordMetadata unkeyed() {
    byte[] key = {(byte) 0xff, 1};
    return log.write(topics.documents().name(), PARTITION, key, new byte[] {1}, List.of());
  }

  /** A record in {@code chunks} that nobody can read. */
  RecordMetadata unreadableChunks(String id) {
    byte[] key = id.getBytes(StandardCharsets.UTF_8);
    return log.write(topics.chunks().name(), PARTITION, key, new byte[] {1, 2}, List.of());
  }
}
