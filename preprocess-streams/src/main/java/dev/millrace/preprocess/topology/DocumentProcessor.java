package dev.millrace.preprocess.topology;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import dev.millrace.preprocess.parse.ParserStoppedException;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.DeadLetters;
import dev.millrace.runtime.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns one record of the documents topic into one record of the chunks topic, and into a dead
 * letter where the bytes are worth keeping. Whatever a record holds, the stream goes on.
 */
final class DocumentProcessor implements Processor<byte[], byte[], byte[], byte[]> {

  private static final Logger LOG = LoggerFactory.getLogger(DocumentProcessor.class);

  /** A failure that took this long is remembered, in case the transaction is rolled back. */
  private static final long SLOW_NANOS = 1_000_000_000L;

  private final AvroSerde<Document> documents;
  private final AvroSerde<ChunkedDocument> chunks;
  private final PreprocessParts parts;
  private ProcessorContext<byte[], byte[]> context;

  DocumentProcessor(
      AvroSerde<Document> documents, AvroSerde<ChunkedDocument> chunks, PreprocessParts parts) {
    this.documents = documents;
    this.chunks = chunks;
    this.parts = parts;
  }

  @Override
  public void init(ProcessorContext<byte[], byte[]> context) {
    this.context = context;
  }

  @Override
  public void process(Record<byte[], byte[]> record) {
    RecordMetadata from =
        context
            .recordMetadata()
            .orElseThrow(() -> new IllegalStateException("a record without an origin"));
    String id = id(record.key());
    if (id == null) {
      bury(record, from, Reason.BAD_KEY, "its key is missing or not UTF-8", true);
      return;
    }
    Span span = span(record, from);
    try {
      process(record, from, id, span);
    } catch (RegistryException e) {
      span.setStatus(StatusCode.ERROR, "rolled back: " + e.getMessage());
      // Rolls the task back to its last commit and tries again, without losing the membership.
      throw new TaskCorruptedException(Set.of(context.taskId()));
    } finally {
      span.end();
    }
  }

  private Span span(Record<byte[], byte[]> record, RecordMetadata from) {
    Tracing tracing = parts.tracing();
    return tracing
        .process(
            PreprocessTopology.STAGE,
            from.topic(),
            from.partition(),
            from.offset(),
            record.key(),
            tracing.context(record.headers()))
        .startSpan();
  }

  private void process(Record<byte[], byte[]> record, RecordMetadata from, String id, Span span) {
    var known = parts.faults().at(from.topic(), from.partition(), from.offset());
    Outcome outcome =
        known
            .map(why -> parts.pipeline().rejected(id, from.offset(), record.timestamp(), why))
            .orElseGet(() -> outcome(record, from, id));
    byte[] bytes = parts.patience().call(written(outcome));
    if (bytes.length > parts.maxRecordBytes()) {
      var why =
          new RejectedException(
              Reason.TOO_LARGE,
              "its text and chunks take %,d bytes, %,d fit into a record"
                  .formatted(bytes.length, parts.maxRecordBytes()));
      outcome = parts.pipeline().rejected(id, from.offset(), record.timestamp(), why);
      bytes = parts.patience().call(written(outcome));
    }
    var headers = new RecordHeaders();
    parts.tracing().inject(span, headers);
    context.forward(
        new Record<>(record.key(), bytes, record.timestamp(), headers),
        PreprocessTopology.CHUNKS_SINK);
    if (outcome instanceof Outcome.Rejected rejected) {
      span.setStatus(StatusCode.ERROR, rejected.reason().code());
    }
    if (outcome instanceof Outcome.Rejected rejected && rejected.reason().isDeadLetter()) {
      // What the broker refused for its size may have been the dead letter itself.
      boolean refused = known.filter(why -> why.reason() == Reason.TOO_LARGE).isPresent();
      bury(record, from, rejected.reason(), rejected.record().getDetail(), !refused);
    }
    parts.metrics().count(outcome);
  }

  private Supplier<byte[]> written(Outcome outcome) {
    return () -> chunks.write(outcome.record());
  }

  private Outcome outcome(Record<byte[], byte[]> record, RecordMetadata from, String id) {
    long revision = from.offset();
    if (record.value() == null) {
      return parts.pipeline().deleted(id, revision, record.timestamp());
    }
    Document document;
    try {
      document = parts.patience().call(() -> documents.read(record.value()));
    } catch (WireFormatException e) {
      var why = new RejectedException(Reason.valueOf(e.reason().name()), e.getMessage());
      return parts.pipeline().rejected(id, revision, record.timestamp(), why);
    }
    long start = System.nanoTime();
    Outcome outcome = guarded(document, from, id);
    if (outcome instanceof Outcome.Rejected rejected && System.nanoTime() - start > SLOW_NANOS) {
      String detail = rejected.record().getDetail();
      remember(from, new RejectedException(rejected.reason(), detail));
    }
    return outcome;
  }

  private Outcome guarded(Document document, RecordMetadata from, String id) {
    try {
      return parts.pipeline().process(id, document, from.offset());
    } catch (ParserStoppedException e) {
      throw e; // the stage is closing: the record is for its next start
    } catch (RuntimeException | StackOverflowError e) {
      LOG.error(
          "processor failed, please report document={} origin={}-{}@{} error=\"{}\" at=\"{}\"",
          id,
          from.topic(),
          from.partition(),
          from.offset(),
          e,
          e.getStackTrace().length == 0 ? "?" : e.getStackTrace()[0]);
      LOG.debug("processor failed", e);
      var why = new RejectedException(Reason.PROCESSOR_FAILED, e.toString());
      return parts.pipeline().rejected(id, document, from.offset(), why);
    }
  }

  private void remember(RecordMetadata from, RejectedException why) {
    parts.faults().add(from.topic(), from.partition(), from.offset(), why);
  }

  /** Writes the dead letter; without its bytes when they would not fit either. */
  private void bury(
      Record<byte[], byte[]> record,
      RecordMetadata from,
      Reason reason,
      String error,
      boolean withValue) {
    boolean fits =
        withValue && (record.value() == null || record.value().length <= parts.maxRecordBytes());
    var letter =
        new DeadLetter(
            from.topic(),
            from.partition(),
            from.offset(),
            record.key(),
            fits ? record.value() : null,
            PreprocessTopology.STAGE,
            reason.code(),
            fits ? error : error + " (its bytes stand at the origin only)");
    context.forward(
        new Record<>(
            letter.key(), letter.value(), record.timestamp(), letter.headers(record.headers())),
        PreprocessTopology.DEAD_LETTERS_SINK);
    DeadLetters.count(parts.metrics().meters(), PreprocessTopology.STAGE, reason.code());
    LOG.warn(
        "dead letter stage={} reason={} origin={}-{}@{} error=\"{}\"",
        PreprocessTopology.STAGE,
        reason.code(),
        from.topic(),
        from.partition(),
        from.offset(),
        letter.error());
  }

  private static String id(byte[] key) {
    if (key == null || key.length == 0) {
      return null;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
