package dev.millrace.preprocess.topology;

import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.preprocess.chunk.Chunker;
import dev.millrace.preprocess.chunk.TextChunk;
import dev.millrace.preprocess.clean.CleanedDocument;
import dev.millrace.preprocess.clean.Cleaner;
import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.RejectedException;
import dev.millrace.preprocess.parse.DocumentParser;
import dev.millrace.preprocess.parse.RawDocument;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** One document through parse, clean and chunk. Safe for several threads. */
public final class DocumentPipeline {

  private final DocumentParser parser;
  private final Cleaner cleaner;
  private final Chunker chunker;
  private final PreprocessMetrics metrics;
  private final Clock clock;

  public DocumentPipeline(
      DocumentParser parser,
      Cleaner cleaner,
      Chunker chunker,
      PreprocessMetrics metrics,
      Clock clock) {
    this.parser = Objects.requireNonNull(parser, "parser");
    this.cleaner = Objects.requireNonNull(cleaner, "cleaner");
    this.chunker = Objects.requireNonNull(chunker, "chunker");
    this.metrics = Objects.requireNonNull(metrics, "metrics");
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  /** Never throws {@link RejectedException}: a rejection is an outcome. */
  Outcome process(String id, Document document, long revision) {
    try {
      return new Outcome.Chunked(chunked(id, document, revision));
    } catch (RejectedException e) {
      return rejected(id, document, revision, e);
    }
  }

  private ChunkedDocument chunked(String id, Document document, long revision) {
    var raw =
        new RawDocument(
            bytes(document.getContent()),
            Optional.ofNullable(document.getContentType()),
            Optional.ofNullable(document.getFileName()));
    ParsedDocument parsed = metrics.time("parse", () -> parser.parse(raw));
    CleanedDocument cleaned =
        metrics.time("clean", () -> cleaner.clean(parsed, title(document, parsed)));
    List<TextChunk> chunks = metrics.time("chunk", () -> chunker.chunk(cleaned));
    return described(id, document, revision)
        .setOutcome(ChunkOutcome.CHUNKED)
        .setTitle(cleaned.title().orElse(null))
        .setContentType(cleaned.contentType())
        .setLanguage(cleaned.language().orElse(null))
        .setText(cleaned.text())
        .setChunks(chunks.stream().map(DocumentPipeline::avro).toList())
        .build();
  }

  /** Its producer's word, else its own, else the name of the file without folder and extension. */
  private static Optional<String> title(Document document, ParsedDocument parsed) {
    return Optional.ofNullable(document.getTitle())
        .filter(title -> !title.isBlank())
        .or(parsed::title)
        .or(() -> Optional.ofNullable(document.getFileName()).map(DocumentPipeline::stem));
  }

  private static String stem(String fileName) {
    String name =
        fileName.substring(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
    int dot = name.lastIndexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  Outcome deleted(String id, long revision, long sentAt) {
    return new Outcome.Deleted(
        described(id, revision, sentAt).setOutcome(ChunkOutcome.DELETED).build());
  }

  /** A rejection of a document that could be read. */
  Outcome rejected(String id, Document document, long revision, RejectedException why) {
    return rejected(
        described(id, document, revision)
            .setTitle(document.getTitle())
            .setContentType(document.getContentType()),
        why);
  }

  /** A rejection of a record that could not be read. */
  Outcome rejected(String id, long revision, long sentAt, RejectedException why) {
    return rejected(described(id, revision, sentAt), why);
  }

  private static Outcome rejected(ChunkedDocument.Builder record, RejectedException why) {
    return new Outcome.Rejected(
        record
            .setOutcome(ChunkOutcome.REJECTED)
            .setReason(why.reason().code())
            .setDetail(why.getMessage())
            .build(),
        why.reason());
  }

  private ChunkedDocument.Builder described(String id, Document document, long revision) {
    return described(id, revision, document.getSentAt())
        .setUri(document.getUri())
        .setMetadata(Map.copyOf(document.getMetadata()))
        .setAcl(List.copyOf(document.getAcl()));
  }

  private ChunkedDocument.Builder described(String id, long revision, long sentAt) {
    return ChunkedDocument.newBuilder()
        .setDocumentId(id)
        .setRevision(revision)
        .setSentAt(sentAt)
        .setProcessedAt(clock.millis());
  }

  private static Chunk avro(TextChunk chunk) {
    return new Chunk(
        chunk.start(),
        chunk.end(),
        chunk.headings(),
        chunk.parentStart(),
        chunk.parentEnd(),
        chunk.tokens(),
        chunk.hash());
  }

  private static byte[] bytes(ByteBuffer content) {
    byte[] bytes = new byte[content.remaining()];
    content.duplicate().get(bytes);
    return bytes;
  }
}
